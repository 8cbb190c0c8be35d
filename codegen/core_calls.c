/*
 * Calls that all objects have, in C from the interpreter to the plugin. Each takes the usual
 * arguments only. For anything else it calls the Python method that it stands for, which `install`
 * has kept under the name with the prefix _python_.
 */

/* What Python hands over in `configure`. */
static PyObject *int_properties;
static PyObject *success;

static PyObject *fast_close(nxs_object *self, PyObject *unused) {
  (void)unused;
  if (self->unusual || !can_be_released(self)) {
    return call_python(self, "_python_close", NULL, 0, NULL);
  }
  const int handle = take_handle(self);
  if (handle >= 0 && release_or_log(self, handle) < 0) return NULL;
  Py_RETURN_NONE;
}

static PyObject *fast_get_property_int(nxs_object *self, PyObject *const *args, Py_ssize_t count,
                                       PyObject *names) {
  if (count == 1 && names == NULL && self->kind != 0 && int_properties != NULL) {
    PyObject *number = PyDict_GetItemWithError(int_properties, args[0]);
    if (number != NULL) {
      const nxs_uint property = (nxs_uint)PyLong_AsUnsignedLong(number);
      const char *table = (const char *)self->plugin;
      nxs_long value = 0;
      size_t size = sizeof value;
      const nxs_query_fn query = *(const nxs_query_fn *)(table + kind_of(self)->query);
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
