/*
 * The base type of all objects: what every call needs lies in the object, and the most frequent
 * calls are C from the interpreter to the plugin. Each of them takes the usual arguments only.
 * For anything else it calls the Python method that it stands for, which `install` has kept under
 * the name with the prefix _python_.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
/* After Python.h. */
#include <stddef.h>
#include <string.h>
#include <structmember.h>

/* GENERATED: the struct and the kinds. */

#define NXS_KIND_COUNT ((long)(sizeof nxs_kinds / sizeof *nxs_kinds))
#define NXS_CLOSED (-1)

typedef nxs_status(NXS_API_CALL *nxs_release_fn)(nxs_int);
typedef nxs_status(NXS_API_CALL *nxs_query_fn)(nxs_int, nxs_uint, void *, size_t *);

/** An object of a plugin. All pointers are null, and the handle is closed, until it is bound. */
typedef struct nxs_object {
  PyObject_HEAD const nxs_plugin *plugin;
  const nxs_kind *kind;
  PyObject *table;
  PyObject *parent;
  int handle;
  /* Whether closing, dropping and running are left to Python. */
  char unusual;
} nxs_object;

static PyTypeObject *base_type;
/* What Python hands over in `configure`. */
static PyObject *int_properties;
static PyObject *success;
static PyObject *buffer_types_name;

/** Marks an object as closed, and returns the handle that it had; of several threads only one. */
static int take_handle(nxs_object *self) {
#if defined(_MSC_VER)
  return (int)_InterlockedExchange((volatile long *)&self->handle, NXS_CLOSED);
#else
  return __atomic_exchange_n(&self->handle, NXS_CLOSED, __ATOMIC_ACQ_REL);
#endif
}

static nxs_status release(const nxs_object *self, nxs_int handle) {
  const nxs_kind *kind = self->kind;
  const char *table = (const char *)self->plugin;
  const nxs_release_fn function = *(const nxs_release_fn *)(table + kind->release);
  nxs_status result;
  if (kind->release_is_prompt) return function(handle);
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

/* Closing a library or a schedule has released the handles of its kernels or commands. */
static int parent_is_open(const nxs_object *self) {
  PyObject *parent = self->parent;
  if (parent == NULL) return 0;
  return !PyObject_TypeCheck(parent, base_type) || ((nxs_object *)parent)->handle >= 0;
}

static void object_finalize(PyObject *object) {
  nxs_object *self = (nxs_object *)object;
  if (self->kind == NULL || self->kind->release == 0) return;
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  int failed = 0;
  if (self->unusual) {
    PyObject *dropped = PyObject_CallMethod(object, "_drop", NULL);
    failed = dropped == NULL;
    Py_XDECREF(dropped);
  } else {
    const int handle = take_handle(self);
    if (handle >= 0 && parent_is_open(self)) failed = release_or_log(self, handle) < 0;
  }
  if (failed) PyErr_WriteUnraisable(object);
  PyErr_Restore(type, value, traceback);
}

static int object_traverse(PyObject *object, visitproc visit, void *arg) {
  nxs_object *self = (nxs_object *)object;
  Py_VISIT(Py_TYPE(object));
  Py_VISIT(self->table);
  Py_VISIT(self->parent);
  return 0;
}

static int object_clear(PyObject *object) {
  nxs_object *self = (nxs_object *)object;
  Py_CLEAR(self->table);
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
  if (self->kind != NULL || index < 0 || index >= NXS_KIND_COUNT || number != (int)number) {
    PyErr_SetString(PyExc_ValueError, "bound before, or no such kind or handle");
    return -1;
  }
  self->handle = (int)number;
  self->kind = &nxs_kinds[index];
  return 0;
}

static PyObject *object_bind(nxs_object *self, PyObject *const *args, Py_ssize_t count) {
  if (count != 3 || !PyObject_TypeCheck(args[0], base_type)) {
    PyErr_SetString(PyExc_TypeError, "expected a parent, a handle and a kind");
    return NULL;
  }
  nxs_object *parent = (nxs_object *)args[0];
  if (parent->kind == NULL || parent->table == NULL) {
    PyErr_SetString(PyExc_ValueError, "the parent is not bound");
    return NULL;
  }
  if (bind_kind(self, args[1], args[2]) < 0) return NULL;
  self->plugin = parent->plugin;
  self->table = Py_NewRef(parent->table);
  self->parent = Py_NewRef(args[0]);
  Py_RETURN_NONE;
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
  if (bind_kind(self, handle, kind) < 0) return NULL;
  self->plugin = (const nxs_plugin *)plugin;
  self->table = Py_NewRef(table);
  self->parent = Py_NewRef(parent);
  Py_RETURN_NONE;
}

/** Calls a Python method with the arguments of a fast call. */
static PyObject *call_python(nxs_object *self, const char *name, PyObject *const *args,
                             Py_ssize_t count, PyObject *names) {
  PyObject *method = PyObject_GetAttrString((PyObject *)self, name);
  PyObject *positional = PyTuple_New(count);
  PyObject *keywords = names == NULL ? NULL : PyDict_New();
  PyObject *result = NULL;
  if (method == NULL || positional == NULL || (names != NULL && keywords == NULL)) goto end;
  for (Py_ssize_t i = 0; i < count; i++) {
    if (PyTuple_SetItem(positional, i, Py_NewRef(args[i])) < 0) goto end;
  }
  for (Py_ssize_t i = 0; names != NULL && i < PyTuple_Size(names); i++) {
    if (PyDict_SetItem(keywords, PyTuple_GetItem(names, i), args[count + i]) < 0) goto end;
  }
  result = PyObject_Call(method, positional, keywords);
end:
  Py_XDECREF(method);
  Py_XDECREF(positional);
  Py_XDECREF(keywords);
  return result;
}

/** Returns NULL, with the exception that a Python method was called to raise. */
static PyObject *must_raise(PyObject *result) {
  if (result != NULL) {
    Py_DECREF(result);
    PyErr_SetString(PyExc_SystemError, "a method that raises an exception has returned");
  }
  return NULL;
}

static PyObject *fast_close(nxs_object *self, PyObject *unused) {
  (void)unused;
  if (self->unusual || self->kind == NULL || self->kind->release == 0) {
    return call_python(self, "_python_close", NULL, 0, NULL);
  }
  const int handle = take_handle(self);
  if (handle >= 0 && release_or_log(self, handle) < 0) return NULL;
  Py_RETURN_NONE;
}

static PyObject *fast_get_property_int(nxs_object *self, PyObject *const *args, Py_ssize_t count,
                                       PyObject *names) {
  if (count == 1 && names == NULL && self->kind != NULL && int_properties != NULL) {
    PyObject *number = PyDict_GetItemWithError(int_properties, args[0]);
    if (number != NULL) {
      const nxs_uint property = (nxs_uint)PyLong_AsUnsignedLong(number);
      const char *table = (const char *)self->plugin;
      nxs_long value = 0;
      size_t size = sizeof value;
      const nxs_query_fn query = *(const nxs_query_fn *)(table + self->kind->query);
      /* Property queries are prompt, so the interpreter's lock is kept. */
      if (query(self->handle, property, &value, &size) == NXS_Success && size == sizeof value) {
        return PyLong_FromLongLong(value);
      }
    } else if (PyErr_Occurred()) {
      /* A path is a list, which has no hash. */
      if (!PyErr_ExceptionMatches(PyExc_TypeError)) return NULL;
      PyErr_Clear();
    }
  }
  return call_python(self, "_python_get_property_int", args, count, names);
}

static PyObject *fast_run(nxs_object *self, PyObject *const *args, Py_ssize_t count,
                          PyObject *names) {
  nxs_object *device = (nxs_object *)self->parent;
  /* An unusual device counts its runs. */
  if (count != 0 || names != NULL || device == NULL || !PyObject_TypeCheck(device, base_type) ||
      device->unusual || success == NULL) {
    return call_python(self, "_python_run", args, count, names);
  }
  nxs_status result;
  Py_BEGIN_ALLOW_THREADS result = self->plugin->RunSchedule(self->handle, -1, 0);
  Py_END_ALLOW_THREADS if (result == NXS_Success) return Py_NewRef(success);
  return must_raise(
      PyObject_CallMethod((PyObject *)self, "_fail", "is", (int)result, "nxsRunSchedule"));
}

static PyMemberDef members[] = {
    {"_handle", T_INT, offsetof(nxs_object, handle), 0, NULL},
    {"_parent", T_OBJECT_EX, offsetof(nxs_object, parent), READONLY, NULL},
    {"_table", T_OBJECT_EX, offsetof(nxs_object, table), READONLY, NULL},
    {"_unusual", T_BOOL, offsetof(nxs_object, unusual), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyMethodDef methods[] = {
    {"_bind", (PyCFunction)(void *)object_bind, METH_FASTCALL, NULL},
    {"_bind_root", (PyCFunction)(void *)object_bind_root, METH_VARARGS, NULL},
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
