/*
 * The base type of all objects: what every call needs lies in the object, which releases its handle
 * when it ends.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
/* After Python.h. */
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <structmember.h>

/* GENERATED: the struct and the kinds. */

#define NXS_KIND_COUNT ((long)(sizeof nxs_kinds / sizeof *nxs_kinds))
#define NXS_CLOSED (-1)
enum { NXS_UNKNOWN, NXS_NO, NXS_YES };

typedef nxs_status (*nxs_release_fn)(nxs_int);
typedef nxs_status (*nxs_query_fn)(nxs_int, nxs_uint, void *, size_t *);

/**
 * An object of a plugin. All pointers are null, and the handle is closed, until it is bound.
 * Programs have many of them, so they are small.
 */
typedef struct nxs_object {
  PyObject_HEAD const nxs_plugin *plugin;
  PyObject *parent;
  int handle;
  /* One more than the index into nxs_kinds; 0 until it is bound. */
  unsigned char kind;
  /* Whether closing, dropping and running are left to Python. */
  char unusual;
  /* Whether the parent is another object of this type. */
  unsigned char has_owner : 1;
  /* Whether the release of this very object is prompt. */
  unsigned char prompt_release : 1;
  /* Of a device, whether its memory is prompt; NXS_UNKNOWN until that matters. */
  unsigned char prompt_memory : 2;
  /* The type of a buffer's elements. */
  unsigned char data_type;
} nxs_object;

/** A plugin whose devices are in use, with the table that Python passes to cffi. */
typedef struct nxs_root {
  const nxs_plugin *plugin;
  PyObject *table;
  struct nxs_root *next;
} nxs_root;

static PyTypeObject *base_type;
/* Plugins stay open until the process ends, and so do these. */
static nxs_root *roots;
/** Marks an object as closed, and returns the handle that it had; of several threads only one. */
static int take_handle(nxs_object *self) {
#if defined(_MSC_VER)
  return (int)_InterlockedExchange((volatile long *)&self->handle, NXS_CLOSED);
#else
  return __atomic_exchange_n(&self->handle, NXS_CLOSED, __ATOMIC_ACQ_REL);
#endif
}

/** The kind of a bound object. */
static const nxs_kind *kind_of(const nxs_object *self) { return &nxs_kinds[self->kind - 1]; }

/** What an object of a kind has in the field of that name. */
static unsigned char kind_named(const char *name) {
  unsigned char kind = 1;
  while (kind < NXS_KIND_COUNT && strcmp(nxs_kinds[kind - 1].name, name) != 0) kind++;
  return kind;
}

/** Whether closing an object releases its handle. */
static int can_be_released(const nxs_object *self) {
  return self->kind != 0 && kind_of(self)->release != 0;
}

/** The object that an object belongs to; NULL for a device, and for one that is not bound. */
static nxs_object *owner_of(const nxs_object *self) {
  return self->has_owner ? (nxs_object *)self->parent : NULL;
}

static nxs_status release(const nxs_object *self, nxs_int handle) {
  const nxs_kind *kind = kind_of(self);
  const char *table = (const char *)self->plugin;
  const nxs_release_fn function = *(const nxs_release_fn *)(table + kind->release);
  nxs_status result;
  if (kind->release_is_prompt || self->prompt_release) return function(handle);
  Py_BEGIN_ALLOW_THREADS result = function(handle);
  Py_END_ALLOW_THREADS return result;
}

/** Releases a handle; a refusal goes to the log. Returns -1 with an exception, else 0. */
static int release_or_log(nxs_object *self, nxs_int handle) {
  const nxs_status result = release(self, handle);
  if (result >= 0) return 0;
  PyObject *logged = PyObject_CallMethod((PyObject *)self, "_not_released", "i", (int)result);
  Py_XDECREF(logged);
  return logged == NULL ? -1 : 0;
}

/* Leaves the exception alone that may be on its way while an object ends. */
static void finalize_slowly(nxs_object *self, nxs_status result) {
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  PyObject *done = self->unusual
                       ? PyObject_CallMethod((PyObject *)self, "_drop", NULL)
                       : PyObject_CallMethod((PyObject *)self, "_not_released", "i", (int)result);
  if (done == NULL) PyErr_WriteUnraisable((PyObject *)self);
  Py_XDECREF(done);
  PyErr_Restore(type, value, traceback);
}

static void object_finalize(PyObject *object) {
  nxs_object *self = (nxs_object *)object;
  if (!can_be_released(self)) return;
  if (self->unusual) {
    finalize_slowly(self, NXS_Success);
    return;
  }
  const int handle = take_handle(self);
  const nxs_object *owner = owner_of(self);
  /* Closing a library or a schedule has released the handles of its kernels or commands. */
  if (handle < 0 || owner == NULL || owner->handle < 0) return;
  const nxs_status result = release(self, handle);
  if (result < 0) finalize_slowly(self, result);
}

static int object_traverse(PyObject *object, visitproc visit, void *arg) {
  nxs_object *self = (nxs_object *)object;
  Py_VISIT(Py_TYPE(object));
  Py_VISIT(self->parent);
  return 0;
}

static int object_clear(PyObject *object) {
  nxs_object *self = (nxs_object *)object;
  self->has_owner = 0;
  Py_CLEAR(self->parent);
  return 0;
}

static void object_free(PyObject *object) {
  PyTypeObject *type = Py_TYPE(object);
  ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
  Py_DECREF(type);
}

/* For a subclass in Python the interpreter has called the finalizer before. */
static void object_dealloc(PyObject *object) {
  PyObject_GC_UnTrack(object);
  object_clear(object);
  object_free(object);
}

static PyObject *object_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
  (void)args;
  (void)keywords;
  PyObject *object = ((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
  if (object != NULL) ((nxs_object *)object)->handle = NXS_CLOSED;
  return object;
}

static int bind_kind(nxs_object *self, PyObject *handle, PyObject *kind) {
  const long number = PyLong_AsLong(handle);
  if (number == -1 && PyErr_Occurred()) return -1;
  const long index = PyLong_AsLong(kind);
  if (index == -1 && PyErr_Occurred()) return -1;
  if (self->kind != 0 || index < 0 || index >= NXS_KIND_COUNT || number != (int)number) {
    PyErr_SetString(PyExc_ValueError, "bound before, or no such kind or handle");
    return -1;
  }
  self->handle = (int)number;
  self->kind = (unsigned char)(index + 1);
  return 0;
}

/** Binds an object to the one that it belongs to, except for its handle and its kind. */
static void bind_owner(nxs_object *self, nxs_object *owner) {
  self->plugin = owner->plugin;
  self->parent = Py_NewRef((PyObject *)owner);
  self->has_owner = 1;
}

static PyObject *object_bind(nxs_object *self, PyObject *const *args, Py_ssize_t count) {
  if (count != 3 || !PyObject_TypeCheck(args[0], base_type)) {
    PyErr_SetString(PyExc_TypeError, "expected a parent, a handle and a kind");
    return NULL;
  }
  nxs_object *parent = (nxs_object *)args[0];
  if (parent->plugin == NULL) {
    PyErr_SetString(PyExc_ValueError, "the parent is not bound");
    return NULL;
  }
  if (bind_kind(self, args[1], args[2]) < 0) return NULL;
  bind_owner(self, parent);
  Py_RETURN_NONE;
}

/** Notes the table that Python has of a plugin; -1 with an exception. */
static int note_root(const nxs_plugin *plugin, PyObject *table) {
  nxs_root *root = roots;
  while (root != NULL && root->plugin != plugin) root = root->next;
  if (root == NULL) {
    root = (nxs_root *)PyMem_Calloc(1, sizeof *root);
    if (root == NULL) {
      PyErr_NoMemory();
      return -1;
    }
    root->plugin = plugin;
    root->next = roots;
    roots = root;
  }
  PyObject *before = root->table;
  root->table = Py_NewRef(table);
  Py_XDECREF(before);
  return 0;
}

static PyObject *object_bind_root(nxs_object *self, PyObject *args) {
  PyObject *parent, *table, *address, *handle, *kind;
  if (!PyArg_ParseTuple(args, "OOOOO:_bind_root", &parent, &table, &address, &handle, &kind)) {
    return NULL;
  }
  void *plugin = PyLong_AsVoidPtr(address);
  if (plugin == NULL) {
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "the table's address is 0");
    return NULL;
  }
  if (note_root((const nxs_plugin *)plugin, table) < 0) return NULL;
  if (bind_kind(self, handle, kind) < 0) return NULL;
  self->plugin = (const nxs_plugin *)plugin;
  self->parent = Py_NewRef(parent);
  Py_RETURN_NONE;
}

static PyObject *object_table(nxs_object *self, void *unused) {
  (void)unused;
  for (const nxs_root *root = roots; root != NULL; root = root->next) {
    if (root->plugin == self->plugin) return Py_NewRef(root->table);
  }
  PyErr_SetString(PyExc_AttributeError, "_table");
  return NULL;
}

static PyObject *object_take_handle(nxs_object *self, PyObject *unused) {
  (void)unused;
  return PyLong_FromLong(take_handle(self));
}

static PyMemberDef members[] = {
    {"_handle", T_INT, offsetof(nxs_object, handle), 0, NULL},
    {"_parent", T_OBJECT_EX, offsetof(nxs_object, parent), READONLY, NULL},
    {"_unusual", T_BOOL, offsetof(nxs_object, unusual), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef getters[] = {
    {"_table", (getter)object_table, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef methods[] = {
    {"_bind", (PyCFunction)(void *)object_bind, METH_FASTCALL, NULL},
    {"_bind_root", (PyCFunction)(void *)object_bind_root, METH_VARARGS, NULL},
    {"_take_handle", (PyCFunction)(void *)object_take_handle, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "An object of a plugin: its handle, and its parent, which it keeps alive."},
    {Py_tp_new, (void *)object_new},
    {Py_tp_dealloc, (void *)object_dealloc},
    {Py_tp_finalize, (void *)object_finalize},
    {Py_tp_traverse, (void *)object_traverse},
    {Py_tp_clear, (void *)object_clear},
    {Py_tp_members, members},
    {Py_tp_getset, getters},
    {Py_tp_methods, methods},
    {0, NULL},
};

static PyType_Spec spec = {
    "nexus._core.Object",
    sizeof(nxs_object),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    slots,
};
