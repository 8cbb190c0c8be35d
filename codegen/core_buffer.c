/* Buffers: the fields that only they have, and their creation from a size. */

/** What `Buffer` keeps in addition to an object. */
typedef struct nxs_memory {
  nxs_object base;
  PyObject *layout;
  PyObject *shared;
  PyObject *viewed_buffer;
  long long viewed;
  int pins;
  int pinned;
} nxs_memory;

static PyTypeObject *memory_type;
/* What Python hands over in `configure_buffers`. */
static PyTypeObject *buffer_class;
static PyObject *layout_of_bytes;
static const nxs_kind *buffer_kind;

static int memory_traverse(PyObject *object, visitproc visit, void *arg) {
  nxs_memory *self = (nxs_memory *)object;
  Py_VISIT(self->layout);
  Py_VISIT(self->shared);
  Py_VISIT(self->viewed_buffer);
  return object_traverse(object, visit, arg);
}

static int memory_clear(PyObject *object) {
  nxs_memory *self = (nxs_memory *)object;
  Py_CLEAR(self->layout);
  Py_CLEAR(self->shared);
  Py_CLEAR(self->viewed_buffer);
  return object_clear(object);
}

static void memory_dealloc(PyObject *object) {
  PyObject_GC_UnTrack(object);
  memory_clear(object);
  object_free(object);
}

static PyObject *memory_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
  PyObject *object = object_new(type, args, keywords);
  if (object != NULL) ((nxs_memory *)object)->pinned = NXS_CLOSED;
  return object;
}

static PyObject *fast_create_buffer(nxs_object *self, PyObject *const *args, Py_ssize_t count,
                                    PyObject *names) {
  if (count != 1 || names != NULL || !PyLong_CheckExact(args[0]) || buffer_class == NULL ||
      self->kind == NULL) {
    return call_python(self, "_python_create_buffer", args, count, names);
  }
  /* Also checks the size. */
  PyObject *found = PyObject_CallFunctionObjArgs(layout_of_bytes, args[0], NULL);
  if (found == NULL) return NULL;
  PyObject *layout = PySequence_GetItem(found, 0);
  Py_DECREF(found);
  if (layout == NULL) return NULL;
  nxs_buffer_layout bytes = {0};
  bytes.data_type = NXS_DataType_Undefined;
  bytes.rank = 1;
  bytes.dim[0] = PyLong_AsUnsignedLongLong(args[0]);
  nxs_int handle;
  Py_BEGIN_ALLOW_THREADS handle = self->plugin->CreateBuffer(self->handle, bytes, NULL, 0);
  Py_END_ALLOW_THREADS if (handle < 0) {
    Py_DECREF(layout);
    /* Tries again, and says what is wrong. */
    return call_python(self, "_python_create_buffer", args, count, names);
  }
  nxs_memory *memory = (nxs_memory *)memory_new(buffer_class, NULL, NULL);
  if (memory == NULL) {
    Py_DECREF(layout);
    Py_BEGIN_ALLOW_THREADS self->plugin->ReleaseBuffer(handle);
    Py_END_ALLOW_THREADS return NULL;
  }
  memory->base.plugin = self->plugin;
  memory->base.kind = buffer_kind;
  memory->base.table = Py_NewRef(self->table);
  memory->base.parent = Py_NewRef((PyObject *)self);
  memory->base.handle = handle;
  memory->layout = layout;
  return (PyObject *)memory;
}

static PyObject *configure_buffers(PyObject *module, PyObject *args) {
  (void)module;
  PyObject *type, *function;
  if (!PyArg_ParseTuple(args, "O!O:configure_buffers", &PyType_Type, &type, &function)) return NULL;
  if (!PyType_IsSubtype((PyTypeObject *)type, memory_type)) {
    PyErr_SetString(PyExc_TypeError, "expected a subclass of Memory");
    return NULL;
  }
  for (long i = 0; i < NXS_KIND_COUNT; i++) {
    if (strcmp(nxs_kinds[i].name, "Buffer") == 0) buffer_kind = &nxs_kinds[i];
  }
  Py_XDECREF(layout_of_bytes);
  layout_of_bytes = Py_NewRef(function);
  Py_XDECREF(buffer_class);
  buffer_class = (PyTypeObject *)Py_NewRef(type);
  Py_RETURN_NONE;
}

static PyMemberDef memory_members[] = {
    {"_layout", T_OBJECT, offsetof(nxs_memory, layout), 0, NULL},
    {"_shared", T_OBJECT, offsetof(nxs_memory, shared), 0, NULL},
    {"_base", T_OBJECT, offsetof(nxs_memory, viewed_buffer), 0, NULL},
    {"_viewed", T_LONGLONG, offsetof(nxs_memory, viewed), 0, NULL},
    {"_pins", T_INT, offsetof(nxs_memory, pins), 0, NULL},
    {"_pinned", T_INT, offsetof(nxs_memory, pinned), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot memory_slots[] = {
    {Py_tp_doc, "An object with the fields of a buffer."},
    {Py_tp_new, (void *)memory_new},
    {Py_tp_dealloc, (void *)memory_dealloc},
    {Py_tp_traverse, (void *)memory_traverse},
    {Py_tp_clear, (void *)memory_clear},
    {Py_tp_members, memory_members},
    {0, NULL},
};

static PyType_Spec memory_spec = {
    "nexus._core.Memory",
    sizeof(nxs_memory),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    memory_slots,
};
