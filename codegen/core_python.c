/* Calls of Python methods, for what is unusual. */

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
