/* Buffers: the fields that only they have, and their creation from a size. */

/** What only few buffers have: memory of another owner, and pins. */
typedef struct nxs_memory_extra {
  PyObject *shared;
  PyObject *viewed_buffer;
  long long viewed;
  int pins;
  int pinned;
} nxs_memory_extra;

/** What `Buffer` keeps in addition to an object. */
typedef struct nxs_memory {
  nxs_object base;
  /* The layout; or, as long as nobody has asked for that of plain bytes, 2 * size + 1. */
  uintptr_t layout;
  /* NULL until one of its fields is set. */
  nxs_memory_extra *extra;
} nxs_memory;

/* Larger buffers take the system longer than giving up the interpreter's lock. */
#define NXS_MOST_PROMPT 65536

static const nxs_memory_extra no_extra = {NULL, NULL, 0, 0, NXS_CLOSED};

static PyTypeObject *memory_type;
/* What Python hands over in `configure_buffers`. */
static PyTypeObject *buffer_class;
static allocfunc allocate_buffer;
static PyObject *layout_of_bytes;
static unsigned char buffer_kind;

/** The layout where it is an object; else NULL. */
static PyObject *layout_object(const nxs_memory *self) {
  return (self->layout & 1) != 0 ? NULL : (PyObject *)self->layout;
}

static int memory_traverse(PyObject *object, visitproc visit, void *arg) {
  nxs_memory *self = (nxs_memory *)object;
  Py_VISIT(layout_object(self));
  if (self->extra != NULL) {
    Py_VISIT(self->extra->shared);
    Py_VISIT(self->extra->viewed_buffer);
  }
  return object_traverse(object, visit, arg);
}

static int memory_clear(PyObject *object) {
  nxs_memory *self = (nxs_memory *)object;
  PyObject *layout = layout_object(self);
  self->layout = 0;
  Py_XDECREF(layout);
  if (self->extra != NULL) {
    Py_CLEAR(self->extra->shared);
    Py_CLEAR(self->extra->viewed_buffer);
  }
  return object_clear(object);
}

static void memory_dealloc(PyObject *object) {
  PyObject_GC_UnTrack(object);
  memory_clear(object);
  PyMem_Free(((nxs_memory *)object)->extra);
  object_free(object);
}

static PyObject *memory_layout(nxs_memory *self, void *unused) {
  (void)unused;
  if ((self->layout & 1) != 0) {
    /* A pair of the layout and its C struct. */
    PyObject *found =
        PyObject_CallFunction(layout_of_bytes, "K", (unsigned long long)(self->layout >> 1));
    PyObject *layout = found == NULL ? NULL : PySequence_GetItem(found, 0);
    Py_XDECREF(found);
    if (layout == NULL) return NULL;
    self->layout = (uintptr_t)layout;
  }
  PyObject *layout = layout_object(self);
  return Py_NewRef(layout == NULL ? Py_None : layout);
}

static int memory_set_layout(nxs_memory *self, PyObject *layout, void *unused) {
  (void)unused;
  PyObject *type = layout == NULL ? NULL : PySequence_GetItem(layout, 1);
  const long number = type == NULL ? -1 : PyLong_AsLong(type);
  Py_XDECREF(type);
  if (number < 0 || number > UCHAR_MAX) {
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "expected a layout");
    return -1;
  }
  PyObject *before = layout_object(self);
  self->base.data_type = (unsigned char)number;
  self->layout = (uintptr_t)Py_NewRef(layout);
  Py_XDECREF(before);
  return 0;
}

/** A field of the extra part, with the type that a member of a struct would have. */
typedef struct nxs_extra_field {
  int type;
  size_t offset;
} nxs_extra_field;

static PyObject *memory_get_extra(nxs_memory *self, const nxs_extra_field *field) {
  const nxs_memory_extra *extra = self->extra == NULL ? &no_extra : self->extra;
  const char *place = (const char *)extra + field->offset;
  if (field->type == T_INT) return PyLong_FromLong(*(const int *)place);
  if (field->type == T_LONGLONG) return PyLong_FromLongLong(*(const long long *)place);
  PyObject *value = *(PyObject *const *)place;
  return Py_NewRef(value == NULL ? Py_None : value);
}

static int memory_set_extra(nxs_memory *self, PyObject *value, const nxs_extra_field *field) {
  if (value == NULL) {
    PyErr_SetString(PyExc_TypeError, "a field of a buffer cannot be deleted");
    return -1;
  }
  const int is_number = field->type != T_OBJECT;
  const long long number = is_number ? PyLong_AsLongLong(value) : 0;
  if (number == -1 && PyErr_Occurred()) return -1;
  if (self->extra == NULL) {
    if (value == Py_None) return 0;
    self->extra = (nxs_memory_extra *)PyMem_Malloc(sizeof *self->extra);
    if (self->extra == NULL) {
      PyErr_NoMemory();
      return -1;
    }
    *self->extra = no_extra;
  }
  char *place = (char *)self->extra + field->offset;
  if (field->type == T_INT) {
    *(int *)place = (int)number;
  } else if (field->type == T_LONGLONG) {
    *(long long *)place = number;
  } else {
    PyObject *before = *(PyObject **)place;
    *(PyObject **)place = value == Py_None ? NULL : Py_NewRef(value);
    Py_XDECREF(before);
  }
  return 0;
}

/** Whether the interpreter's lock is kept while a buffer without contents is made or released. */
static int memory_is_prompt(nxs_object *device, size_t size) {
  if (size > NXS_MOST_PROMPT) return 0;
  if (device->prompt_memory == NXS_UNKNOWN) {
    const nxs_plugin *plugin = device->plugin;
    const nxs_uint version = plugin->GetApiVersion();
    nxs_long answer = 0;
    size_t bytes = sizeof answer;
    /* The numbers of properties mean something else to plugins of other headers. */
    const int asked =
        version >> 16 == NXS_API_VERSION >> 16 &&
        plugin->GetDeviceProperty(device->handle, NP_PromptMemory, &answer, &bytes) == NXS_Success;
    device->prompt_memory = asked && bytes == sizeof answer && answer == 1 ? NXS_YES : NXS_NO;
  }
  return device->prompt_memory == NXS_YES;
}

/** A buffer of plain bytes whose handle has been made. */
static PyObject *new_buffer(nxs_object *device, nxs_int handle, size_t size, int is_prompt) {
  nxs_memory *memory = (nxs_memory *)allocate_buffer(buffer_class, 0);
  if (memory == NULL) return NULL;
  bind_owner(&memory->base, device);
  memory->base.kind = buffer_kind;
  memory->base.handle = handle;
  memory->base.prompt_release = is_prompt != 0;
  memory->layout = ((uintptr_t)size << 1) | 1;
  return (PyObject *)memory;
}

static PyObject *fast_create_buffer(nxs_object *self, PyObject *const *args, Py_ssize_t count,
                                    PyObject *names) {
  const int usual = count == 1 && names == NULL && PyLong_CheckExact(args[0]) &&
                    buffer_class != NULL && self->kind != 0;
  const size_t size = usual ? PyLong_AsSize_t(args[0]) : 0;
  nxs_int handle = NXS_CLOSED;
  int is_prompt = 0;
  if (size == (size_t)-1 && PyErr_Occurred()) {
    PyErr_Clear();
  } else if (usual && size <= SIZE_MAX >> 1) {
    nxs_buffer_layout bytes = {0};
    bytes.data_type = NXS_DataType_Undefined;
    bytes.rank = 1;
    bytes.dim[0] = size;
    is_prompt = memory_is_prompt(self, size);
    if (is_prompt) {
      handle = self->plugin->CreateBuffer(self->handle, bytes, NULL, 0);
    } else {
      Py_BEGIN_ALLOW_THREADS handle = self->plugin->CreateBuffer(self->handle, bytes, NULL, 0);
      Py_END_ALLOW_THREADS
    }
  }
  /* Where the plugin has refused, this tries again, and says what is wrong. */
  if (handle < 0) return call_python(self, "_python_create_buffer", args, count, names);
  PyObject *buffer = new_buffer(self, handle, size, is_prompt);
  if (buffer == NULL) {
    Py_BEGIN_ALLOW_THREADS self->plugin->ReleaseBuffer(handle);
    Py_END_ALLOW_THREADS
  }
  return buffer;
}

static PyObject *configure_buffers(PyObject *module, PyObject *args) {
  (void)module;
  PyObject *type, *function;
  if (!PyArg_ParseTuple(args, "O!O:configure_buffers", &PyType_Type, &type, &function)) return NULL;
  if (!PyType_IsSubtype((PyTypeObject *)type, memory_type)) {
    PyErr_SetString(PyExc_TypeError, "expected a subclass of Memory");
    return NULL;
  }
  buffer_kind = kind_named("Buffer");
  Py_XDECREF(layout_of_bytes);
  layout_of_bytes = Py_NewRef(function);
  Py_XDECREF(buffer_class);
  buffer_class = (PyTypeObject *)Py_NewRef(type);
  allocate_buffer = (allocfunc)PyType_GetSlot(buffer_class, Py_tp_alloc);
  Py_RETURN_NONE;
}

static nxs_extra_field extra_fields[] = {
    {T_OBJECT, offsetof(nxs_memory_extra, shared)},
    {T_OBJECT, offsetof(nxs_memory_extra, viewed_buffer)},
    {T_LONGLONG, offsetof(nxs_memory_extra, viewed)},
    {T_INT, offsetof(nxs_memory_extra, pins)},
    {T_INT, offsetof(nxs_memory_extra, pinned)},
};

#define NXS_EXTRA_GETTER(NAME, INDEX) \
  {NAME, (getter)memory_get_extra, (setter)memory_set_extra, NULL, &extra_fields[INDEX]}

static PyGetSetDef memory_getters[] = {
    {"_layout", (getter)memory_layout, (setter)memory_set_layout, NULL, NULL},
    NXS_EXTRA_GETTER("_shared", 0),
    NXS_EXTRA_GETTER("_base", 1),
    NXS_EXTRA_GETTER("_viewed", 2),
    NXS_EXTRA_GETTER("_pins", 3),
    NXS_EXTRA_GETTER("_pinned", 4),
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot memory_slots[] = {
    {Py_tp_doc, "An object with the fields of a buffer."},
    {Py_tp_dealloc, (void *)memory_dealloc},
    {Py_tp_traverse, (void *)memory_traverse},
    {Py_tp_clear, (void *)memory_clear},
    {Py_tp_getset, memory_getters},
    {0, NULL},
};

static PyType_Spec memory_spec = {
    "nexus._core.Memory",
    sizeof(nxs_memory),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    memory_slots,
};
