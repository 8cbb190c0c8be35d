/*
 * kernel(...) of buffers and numbers, with sizes that are numbers, and schedule.run(...) without
 * timing, each in one call of the plugin.
 */

/* The keywords, in the order of their names in `keyword_names`. */
enum { NXS_GROUP, NXS_GRID, NXS_SHARED, NXS_ON, NXS_BLOCKING, NXS_KEYWORD_COUNT };

/* Interned, as the names in calls are. */
static PyObject *keyword_names[NXS_KEYWORD_COUNT];
/* What Python hands over in `configure_launches`. */
static PyTypeObject *stream_class;

/** Where a keyword stands in `keyword_names`; NXS_KEYWORD_COUNT for any other. */
static int find_keyword(PyObject *name) {
  for (int i = 0; i < NXS_KEYWORD_COUNT; i++) {
    if (name == keyword_names[i]) return i;
  }
  int i = 0;
  while (i < NXS_KEYWORD_COUNT && PyUnicode_Compare(name, keyword_names[i]) != 0) i++;
  return i;
}

/** Sorts the values of keywords; 0 if there is any but those that a launch has. */
static int read_keywords(PyObject *const *values, PyObject *names, PyObject **found) {
  const Py_ssize_t count = names == NULL ? 0 : PyTuple_Size(names);
  for (int i = 0; i < NXS_KEYWORD_COUNT; i++) found[i] = NULL;
  for (Py_ssize_t i = 0; i < count; i++) {
    const int place = find_keyword(PyTuple_GetItem(names, i));
    if (place == NXS_KEYWORD_COUNT) return 0;
    found[place] = values[i];
  }
  return 1;
}

/** A number from `least` to the greatest nxs_uint; 0 without an exception for any other object. */
static int read_uint(PyObject *value, long long least, nxs_uint *number) {
  if (!PyLong_CheckExact(value)) return 0;
  int overflow = 0;
  const long long read = PyLong_AsLongLongAndOverflow(value, &overflow);
  if (overflow != 0 || read < least || read > (long long)UINT32_MAX) return 0;
  *number = (nxs_uint)read;
  return 1;
}

/** The three sizes that a Python object stands for; 0 without an exception for any other object. */
static int read_size(PyObject *value, nxs_dim3 *size) {
  nxs_uint *const sizes[] = {&size->x, &size->y, &size->z};
  size->x = size->y = size->z = 1;
  if (!PyTuple_CheckExact(value)) return read_uint(value, 1, &size->x);
  const Py_ssize_t count = PyTuple_Size(value);
  if (count < 1 || count > 3) return 0;
  for (Py_ssize_t i = 0; i < count; i++) {
    if (!read_uint(PyTuple_GetItem(value, i), 1, sizes[i])) return 0;
  }
  return 1;
}

/** Reads the sizes of a group and of the grid, in items, that fit. */
static int read_sizes(PyObject *group, PyObject *grid, nxs_launch *launch) {
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

/** Reads the keywords, which have to be group_size and grid_size, in items, that fit. */
static int read_launch_size(PyObject *const *values, PyObject *names, nxs_launch *launch) {
  PyObject *found[NXS_KEYWORD_COUNT];
  if (names == NULL || PyTuple_Size(names) != 2 || !read_keywords(values, names, found)) return 0;
  return read_sizes(found[NXS_GROUP], found[NXS_GRID], launch);
}

/**
 * Reads a buffer. Returns 1 if it is an open buffer of the same plugin with elements that the
 * argument may have; 0 without an exception if not.
 */
static int read_buffer(const nxs_object *self, PyObject *value, const nxs_declared *declared,
                       nxs_launch_argument *argument) {
  const nxs_object *buffer = (nxs_object *)value;
  if (buffer->plugin != self->plugin || buffer->handle < 0) return 0;
  if (buffer->data_type >= 64 || (declared->accepted >> buffer->data_type & 1) == 0) return 0;
  argument->value = NULL;
  argument->buffer_id = buffer->handle;
  argument->data_type = NXS_DataType_Undefined;
  return 1;
}

/** Whether runs on the device of a kernel need not be counted. */
static int device_is_usual(const nxs_object *kernel) {
  const nxs_object *library = owner_of(kernel);
  const nxs_object *device = library == NULL ? NULL : owner_of(library);
  return device != NULL && !device->unusual;
}

/**
 * Reads all arguments of a kernel. `scalars` has room for as many values, which the arguments refer
 * to; NULL if only buffers will do. Returns 0 without an exception for what is left to Python.
 */
static int read_arguments(nxs_object *self, PyObject *const *args, Py_ssize_t count,
                          nxs_launch_argument *arguments, nxs_scalar *scalars) {
  PyObject *bytes = ((nxs_callable *)self)->declared;
  if (bytes == NULL || !PyBytes_CheckExact(bytes)) return 0;
  if (PyBytes_Size(bytes) != count * (Py_ssize_t)sizeof(nxs_declared)) return 0;
  const char *all = PyBytes_AsString(bytes);
  for (Py_ssize_t i = 0; i < count; i++) {
    nxs_declared declared;
    memcpy(&declared, all + i * (Py_ssize_t)sizeof declared, sizeof declared);
    if (Py_TYPE(args[i]) == buffer_class) {
      if (!read_buffer(self, args[i], &declared, &arguments[i])) return 0;
      continue;
    }
    const nxs_uint type = (nxs_uint)declared.scalar;
    if (scalars == NULL || !read_scalar(args[i], type, &scalars[i])) return 0;
    arguments[i].value = &scalars[i];
    arguments[i].buffer_id = -1;
    arguments[i].data_type = type;
  }
  return 1;
}

/** Reads the handle of the stream, -1 for that of the device; 0 for what is left to Python. */
static int read_stream(const nxs_object *self, PyObject *value, nxs_int *handle) {
  *handle = -1;
  if (value == NULL || value == Py_None) return 1;
  const nxs_object *stream = (nxs_object *)value;
  if (Py_TYPE(value) != stream_class || stream->plugin != self->plugin) return 0;
  *handle = stream->handle;
  return stream->handle >= 0;
}

static PyObject *fast_call(nxs_object *self, PyObject *const *args, Py_ssize_t count,
                           PyObject *names) {
  nxs_launch_argument arguments[NXS_KERNEL_MAX_ARGS];
  nxs_scalar scalars[NXS_KERNEL_MAX_ARGS];
  PyObject *found[NXS_KEYWORD_COUNT];
  nxs_launch launch = {0};
  nxs_int stream;
  nxs_status result = NXS_ABSENT;
  if (count <= NXS_KERNEL_MAX_ARGS && self->kind != 0 && buffer_class != NULL && success != NULL &&
      device_is_usual(self) && read_keywords(args + count, names, found) &&
      read_sizes(found[NXS_GROUP], found[NXS_GRID], &launch) &&
      (found[NXS_SHARED] == NULL || read_uint(found[NXS_SHARED], 0, &launch.shared_memory_size)) &&
      (found[NXS_BLOCKING] == NULL || PyBool_Check(found[NXS_BLOCKING])) &&
      read_stream(self, found[NXS_ON], &stream) &&
      read_arguments(self, args, count, arguments, scalars)) {
    const nxs_uint settings =
        found[NXS_BLOCKING] == Py_False ? NXS_ExecutionSettings_NonBlocking : 0;
    launch.argument_count = (nxs_uint)count;
    launch.arguments = arguments;
    Py_BEGIN_ALLOW_THREADS result = self->plugin->Launch(self->handle, stream, &launch, settings);
    Py_END_ALLOW_THREADS if (result == NXS_Success) return Py_NewRef(success);
  }
  /* Also for a plugin that lacks the function. */
  if (result == NXS_ABSENT) return call_python(self, "_python___call__", args, count, names);
  const nxs_dim3 group = launch.group_size;
  return must_raise(PyObject_CallMethod((PyObject *)self, "_launch_failed", "i(III)O", (int)result,
                                        group.x, group.y, group.z, found[NXS_GRID]));
}

/**
 * Reads where and how a schedule runs; 0 for what is left to Python. What is not given stays NULL.
 */
static int read_run(PyObject *const *args, Py_ssize_t count, PyObject *names, PyObject **stream,
                    PyObject **blocking) {
  PyObject *found[NXS_KEYWORD_COUNT];
  if (count > 2 || !read_keywords(args + count, names, found)) return 0;
  *stream = count > 0 ? args[0] : found[NXS_ON];
  *blocking = count > 1 ? args[1] : found[NXS_BLOCKING];
  /* Not for a run, or given twice. */
  const int wrong = found[NXS_GROUP] != NULL || found[NXS_GRID] != NULL ||
                    found[NXS_SHARED] != NULL || (count > 0 && found[NXS_ON] != NULL) ||
                    (count > 1 && found[NXS_BLOCKING] != NULL);
  return !wrong && (*blocking == NULL || PyBool_Check(*blocking));
}

static PyObject *fast_run(nxs_object *self, PyObject *const *args, Py_ssize_t count,
                          PyObject *names) {
  const nxs_object *device = owner_of(self);
  PyObject *stream, *blocking;
  nxs_int on;
  /* An unusual device counts its runs. */
  if (device == NULL || device->unusual || success == NULL ||
      !read_run(args, count, names, &stream, &blocking) || !read_stream(self, stream, &on)) {
    return call_python(self, "_python_run", args, count, names);
  }
  const nxs_uint settings = blocking == Py_False ? NXS_ExecutionSettings_NonBlocking : 0;
  nxs_status result;
  Py_BEGIN_ALLOW_THREADS result = self->plugin->RunSchedule(self->handle, on, settings);
  Py_END_ALLOW_THREADS if (result == NXS_Success) return Py_NewRef(success);
  return raise_failed_run(self, result);
}

static PyObject *configure_launches(PyObject *module, PyObject *args) {
  (void)module;
  PyObject *stream, *numbers;
  if (!PyArg_ParseTuple(args, "O!O!:configure_launches", &PyType_Type, &stream, &PyDict_Type,
                        &numbers)) {
    return NULL;
  }
  if (!PyType_IsSubtype((PyTypeObject *)stream, base_type)) {
    PyErr_SetString(PyExc_TypeError, "expected a subclass of Object");
    return NULL;
  }
  if (note_number_types(numbers) < 0) return NULL;
  Py_XDECREF(stream_class);
  stream_class = (PyTypeObject *)Py_NewRef(stream);
  Py_RETURN_NONE;
}

/** Makes the type of kernels and the names of keywords; -1 with an exception. */
static int make_launches(void) {
  const char *const names[] = {"group_size", "grid_size", "shared_memory_size", "stream",
                               "blocking"};
  for (int i = 0; i < NXS_KEYWORD_COUNT; i++) {
    keyword_names[i] = PyUnicode_InternFromString(names[i]);
    if (keyword_names[i] == NULL) return -1;
  }
  function_type = (PyTypeObject *)PyType_FromSpecWithBases(&function_spec, (PyObject *)base_type);
  return function_type == NULL ? -1 : 0;
}
