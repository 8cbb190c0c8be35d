/*
 * Kernels: the fields that only they have, and a type whose objects are called without a tuple and
 * a dict of the arguments: by vectorcall, which the headers of the limited API declare from Python
 * 3.12 on, and which earlier versions have too.
 */

#define NXS_HAVE_VECTORCALL (1UL << 11)
#define NXS_ARGUMENTS_OFFSET ((size_t)1 << (8 * sizeof(size_t) - 1))

typedef PyObject *(*nxs_vectorcall_fn)(PyObject *, PyObject *const *, size_t, PyObject *);

/** What `Kernel` keeps in addition to an object. */
typedef struct nxs_callable {
  nxs_object base;
  nxs_vectorcall_fn call;
  PyObject *weak_references;
  PyObject *name;
  PyObject *arguments;
  PyObject *accepted;
  /* An nxs_declared for each argument, as bytes; None or NULL while calls are left to Python. */
  PyObject *declared;
  unsigned long long absent;
} nxs_callable;

/** What an argument may be. Python makes these too: `Kernel._element_types`. */
typedef struct nxs_declared {
  /* A bit for each element type that a buffer may have. */
  unsigned long long accepted;
  /* The type of a scalar; Undefined where there is none. */
  unsigned long long scalar;
} nxs_declared;

static PyTypeObject *function_type;

static PyObject *fast_call(nxs_object *self, PyObject *const *args, Py_ssize_t count,
                           PyObject *names);

/** A call with a tuple and a dict. */
static PyObject *function_call(PyObject *object, PyObject *args, PyObject *keywords) {
  PyObject *method = PyObject_GetAttrString(object, "_python___call__");
  PyObject *result = method == NULL ? NULL : PyObject_Call(method, args, keywords);
  Py_XDECREF(method);
  return result;
}

static PyObject *function_vectorcall(PyObject *object, PyObject *const *args, size_t flagged,
                                     PyObject *names) {
  const Py_ssize_t count = (Py_ssize_t)(flagged & ~NXS_ARGUMENTS_OFFSET);
  /* Python below 3.12 still comes here when a program has replaced the method of the class. */
  if (PyType_GetSlot(Py_TYPE(object), Py_tp_call) != (void *)function_call) {
    return call_python((nxs_object *)object, "__call__", args, count, names);
  }
  return fast_call((nxs_object *)object, args, count, names);
}

static PyObject *function_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
  PyObject *object = object_new(type, args, keywords);
  if (object != NULL) ((nxs_callable *)object)->call = function_vectorcall;
  return object;
}

static int function_traverse(PyObject *object, visitproc visit, void *arg) {
  nxs_callable *self = (nxs_callable *)object;
  Py_VISIT(self->name);
  Py_VISIT(self->arguments);
  Py_VISIT(self->accepted);
  Py_VISIT(self->declared);
  return object_traverse(object, visit, arg);
}

static int function_clear(PyObject *object) {
  nxs_callable *self = (nxs_callable *)object;
  Py_CLEAR(self->name);
  Py_CLEAR(self->arguments);
  Py_CLEAR(self->accepted);
  Py_CLEAR(self->declared);
  return object_clear(object);
}

static void function_dealloc(PyObject *object) {
  PyObject_GC_UnTrack(object);
  if (((nxs_callable *)object)->weak_references != NULL) PyObject_ClearWeakRefs(object);
  function_clear(object);
  object_free(object);
}

/**
 * Makes a class whose objects are called by vectorcall. A class statement makes none before Python
 * 3.12, and none that defines __call__ in any version.
 */
static PyObject *make_callable_class(PyObject *module, PyObject *args) {
  (void)module;
  PyObject *name, *bases;
  if (!PyArg_ParseTuple(args, "O!O!:make_callable_class", &PyBytes_Type, &name, &PyTuple_Type,
                        &bases)) {
    return NULL;
  }
  const size_t size = (size_t)PyBytes_Size(name) + 1;
  /* The class of some versions keeps the pointer. */
  char *kept = (char *)PyMem_Malloc(size);
  if (kept == NULL) return PyErr_NoMemory();
  memcpy(kept, PyBytes_AsString(name), size);
  PyType_Slot inherited[] = {{0, NULL}};
  PyType_Spec made = {kept, 0, 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | NXS_HAVE_VECTORCALL,
                      inherited};
  PyObject *type = PyType_FromSpecWithBases(&made, bases);
  if (type != NULL && !PyType_IsSubtype((PyTypeObject *)type, function_type)) {
    PyErr_SetString(PyExc_TypeError, "expected a subclass of Function among the bases");
    Py_CLEAR(type);
  }
  return type;
}

static PyMemberDef function_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(nxs_callable, call), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(nxs_callable, weak_references), READONLY, NULL},
    {"_name", T_OBJECT, offsetof(nxs_callable, name), 0, NULL},
    {"_arguments", T_OBJECT, offsetof(nxs_callable, arguments), 0, NULL},
    {"_accepted", T_OBJECT, offsetof(nxs_callable, accepted), 0, NULL},
    {"_in_c", T_OBJECT, offsetof(nxs_callable, declared), 0, NULL},
    {"_absent", T_ULONGLONG, offsetof(nxs_callable, absent), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot function_slots[] = {
    {Py_tp_doc, "An object with the fields of a kernel, which can be called."},
    {Py_tp_new, (void *)function_new},
    {Py_tp_call, (void *)function_call},
    {Py_tp_dealloc, (void *)function_dealloc},
    {Py_tp_traverse, (void *)function_traverse},
    {Py_tp_clear, (void *)function_clear},
    {Py_tp_members, function_members},
    {0, NULL},
};

static PyType_Spec function_spec = {
    "nexus._core.Function",
    sizeof(nxs_callable),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | NXS_HAVE_VECTORCALL,
    function_slots,
};
