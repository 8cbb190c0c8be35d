/* kernel(...) of buffers, with sizes that are numbers, in one call of the plugin. */

static PyObject *buffer_types_name;

/** The three sizes that a Python object stands for; 0 without an exception for any other object. */
static int read_size(PyObject *value, nxs_dim3 *size) {
  nxs_uint *const sizes[] = {&size->x, &size->y, &size->z};
  const int is_int = PyLong_CheckExact(value);
  const Py_ssize_t count = is_int ? 1 : PyTuple_CheckExact(value) ? PyTuple_Size(value) : 0;
  size->x = size->y = size->z = 1;
  if (count < 1 || count > 3) return 0;
  for (Py_ssize_t i = 0; i < count; i++) {
    PyObject *item = is_int ? value : PyTuple_GetItem(value, i);
    if (!PyLong_CheckExact(item)) return 0;
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(item, &overflow);
    if (overflow != 0 || number < 1 || number > (long long)UINT32_MAX) return 0;
    *sizes[i] = (nxs_uint)number;
  }
  return 1;
}

/** Reads the keywords, which have to be group_size and grid_size, in items, that fit. */
static int read_launch_size(PyObject *const *values, PyObject *names, nxs_launch *launch) {
  PyObject *group = NULL, *grid = NULL;
  if (names == NULL || PyTuple_Size(names) != 2) return 0;
  for (Py_ssize_t i = 0; i < 2; i++) {
    PyObject *name = PyTuple_GetItem(names, i);
    if (PyUnicode_CompareWithASCIIString(name, "group_size") == 0)
      group = values[i];
    else if (PyUnicode_CompareWithASCIIString(name, "grid_size") == 0)
      grid = values[i];
  }
  nxs_dim3 items;
  if (group == NULL || grid == NULL || !read_size(group, &launch->group_size) ||
      !read_size(grid, &items)) {
    return 0;
  }
  const nxs_dim3 along = launch->group_size;
  if (items.x % along.x != 0 || items.y % along.y != 0 || items.z % along.z != 0) return 0;
  launch->grid_size.x = items.x / along.x;
  launch->grid_size.y = items.y / along.y;
  launch->grid_size.z = items.z / along.z;
  return 1;
}

/**
 * Reads a buffer. `accepted` has a bit for each element type that the argument may have. Returns 1
 * if it is an open buffer of the same plugin with such elements; 0 without an exception if not.
 */
static int read_buffer(const nxs_object *self, PyObject *value, PyObject *accepted,
                       nxs_launch_argument *argument) {
  if (Py_TYPE(value) != buffer_class) return 0;
  const nxs_memory *memory = (nxs_memory *)value;
  if (memory->base.plugin != self->plugin || memory->base.handle < 0) return 0;
  const unsigned bit = memory->base.data_type;
  const unsigned long long bits = PyLong_AsUnsignedLongLongMask(accepted);
  if (PyErr_Occurred()) {
    PyErr_Clear();
    return 0;
  }
  if (bit >= 64 || (bits >> bit & 1) == 0) return 0;
  argument->value = NULL;
  argument->buffer_id = memory->base.handle;
  argument->data_type = NXS_DataType_Undefined;
  return 1;
}

/** Whether runs on the device of a kernel need not be counted. */
static int device_is_usual(const nxs_object *kernel) {
  const nxs_object *library = owner_of(kernel);
  const nxs_object *device = library == NULL ? NULL : owner_of(library);
  return device != NULL && !device->unusual;
}

/** Reads all arguments; see `Kernel._buffer_types`. */
static int read_arguments(nxs_object *self, PyObject *const *args, Py_ssize_t count,
                          nxs_launch_argument *arguments) {
  PyObject *types = PyObject_GetAttr((PyObject *)self, buffer_types_name);
  if (types == NULL) {
    PyErr_Clear();
    return 0;
  }
  int usual = PyTuple_CheckExact(types) && PyTuple_Size(types) == count;
  for (Py_ssize_t i = 0; usual && i < count; i++) {
    usual = read_buffer(self, args[i], PyTuple_GetItem(types, i), &arguments[i]);
  }
  Py_DECREF(types);
  return usual;
}

static PyObject *fast_call(nxs_object *self, PyObject *const *args, Py_ssize_t count,
                           PyObject *names) {
  nxs_launch_argument arguments[NXS_KERNEL_MAX_ARGS];
  nxs_launch launch = {0};
  nxs_status result = NXS_ABSENT;
  if (count <= NXS_KERNEL_MAX_ARGS && self->kind != 0 && buffer_class != NULL && success != NULL &&
      device_is_usual(self) && read_launch_size(args + count, names, &launch) &&
      read_arguments(self, args, count, arguments)) {
    launch.argument_count = (nxs_uint)count;
    launch.arguments = arguments;
    Py_BEGIN_ALLOW_THREADS result = self->plugin->Launch(self->handle, -1, &launch, 0);
    Py_END_ALLOW_THREADS if (result == NXS_Success) return Py_NewRef(success);
  }
  /* Also for a plugin that lacks the function. */
  if (result == NXS_ABSENT) return call_python(self, "_python___call__", args, count, names);
  const nxs_dim3 group = launch.group_size;
  PyObject *first = PyTuple_GetItem(names, 0);
  const int grid_is_first = PyUnicode_CompareWithASCIIString(first, "grid_size") == 0;
  return must_raise(PyObject_CallMethod((PyObject *)self, "_launch_failed", "i(III)O", (int)result,
                                        group.x, group.y, group.z,
                                        args[count + (grid_is_first ? 0 : 1)]));
}
