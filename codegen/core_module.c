/* The module: puts methods in C into the classes that Python writes. */

/* The methods that `install` puts into a class. */
static const PyMethodDef fast_methods[] = {
    {"close", (PyCFunction)(void *)fast_close, METH_NOARGS, NULL},
    {"get_property_int", (PyCFunction)(void *)fast_get_property_int, METH_FASTCALL | METH_KEYWORDS,
     NULL},
    {"run", (PyCFunction)(void *)fast_run, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"__call__", (PyCFunction)(void *)fast_call, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"create_command", (PyCFunction)(void *)fast_create_command, METH_FASTCALL | METH_KEYWORDS,
     NULL},
    {"create_buffer", (PyCFunction)(void *)fast_create_buffer, METH_FASTCALL | METH_KEYWORDS, NULL},
};

/** Returns a definition that lives until the process ends, as its descriptor may. */
static PyMethodDef *new_definition(const char *name, PyObject *doc) {
  for (size_t i = 0; i < sizeof fast_methods / sizeof *fast_methods; i++) {
    if (strcmp(fast_methods[i].ml_name, name) != 0) continue;
    const size_t size = (size_t)PyBytes_Size(doc) + 1;
    PyMethodDef *definition = (PyMethodDef *)PyMem_Malloc(sizeof *definition + size);
    if (definition == NULL) {
      PyErr_NoMemory();
      return NULL;
    }
    *definition = fast_methods[i];
    definition->ml_doc = (const char *)memcpy(definition + 1, PyBytes_AsString(doc), size);
    return definition;
  }
  PyErr_Format(PyExc_ValueError, "there is no method %s in C", name);
  return NULL;
}

static PyObject *install(PyObject *module, PyObject *args) {
  (void)module;
  PyObject *type, *function, *doc;
  const char *name;
  if (!PyArg_ParseTuple(args, "O!sOO!:install", &PyType_Type, &type, &name, &function,
                        &PyBytes_Type, &doc)) {
    return NULL;
  }
  if (!PyType_IsSubtype((PyTypeObject *)type, base_type)) {
    PyErr_SetString(PyExc_TypeError, "expected a subclass of Object");
    return NULL;
  }
  PyMethodDef *definition = new_definition(name, doc);
  if (definition == NULL) return NULL;
  PyObject *method = PyDescr_NewMethod((PyTypeObject *)type, definition);
  PyObject *kept = PyUnicode_FromFormat("_python_%s", name);
  const int failed = method == NULL || kept == NULL || PyObject_SetAttr(type, kept, function) < 0 ||
                     PyObject_SetAttrString(type, name, method) < 0;
  Py_XDECREF(method);
  Py_XDECREF(kept);
  if (failed) return NULL;
  Py_RETURN_NONE;
}

static PyObject *configure(PyObject *module, PyObject *args) {
  (void)module;
  PyObject *properties, *status;
  if (!PyArg_ParseTuple(args, "O!O:configure", &PyDict_Type, &properties, &status)) return NULL;
  Py_XDECREF(int_properties);
  int_properties = Py_NewRef(properties);
  Py_XDECREF(success);
  success = Py_NewRef(status);
  Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"install", install, METH_VARARGS, NULL},
    {"configure", configure, METH_VARARGS, NULL},
    {"configure_errors", configure_errors, METH_VARARGS, NULL},
    {"configure_commands", configure_commands, METH_VARARGS, NULL},
    {"configure_buffers", configure_buffers, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    "nexus._core",
    "The base type of all objects.",
    -1,
    functions,
    NULL,
    NULL,
    NULL,
    NULL,
};

/** Makes the types and the names that the calls use; -1 with an exception. */
static int make_types(void) {
  base_type = (PyTypeObject *)PyType_FromSpec(&spec);
  if (base_type == NULL) return -1;
  memory_type = (PyTypeObject *)PyType_FromSpecWithBases(&memory_spec, (PyObject *)base_type);
  step_type = (PyTypeObject *)PyType_FromSpecWithBases(&step_spec, (PyObject *)base_type);
  failure_type = (PyTypeObject *)PyType_FromSpec(&failure_spec);
  name_of_run = PyUnicode_InternFromString("nxsRunSchedule");
  buffer_types_name = PyUnicode_InternFromString("_buffer_types");
  accepted_name = PyUnicode_InternFromString("_accepted");
  used_name = PyUnicode_InternFromString("_used");
  buffers_name = PyUnicode_InternFromString("_buffers");
  size_names = Py_BuildValue("(ss)", "group_size", "grid_size");
  return PyErr_Occurred() ? -1 : 0;
}

/** Adds the numbers of the kinds and the types to the module; -1 with an exception. */
static int add_members(PyObject *module) {
  PyObject *kinds = PyDict_New();
  int failed = kinds == NULL;
  for (long i = 0; !failed && i < NXS_KIND_COUNT; i++) {
    PyObject *number = PyLong_FromLong(i);
    failed = number == NULL || PyDict_SetItemString(kinds, nxs_kinds[i].name, number) < 0;
    Py_XDECREF(number);
  }
  failed = failed || PyModule_AddObjectRef(module, "KINDS", kinds) < 0 ||
           PyModule_AddObjectRef(module, "Object", (PyObject *)base_type) < 0 ||
           PyModule_AddObjectRef(module, "Failure", (PyObject *)failure_type) < 0 ||
           PyModule_AddObjectRef(module, "Step", (PyObject *)step_type) < 0 ||
           PyModule_AddObjectRef(module, "Memory", (PyObject *)memory_type) < 0;
  Py_XDECREF(kinds);
  return failed ? -1 : 0;
}

PyMODINIT_FUNC PyInit__core(void) {
  PyObject *module = PyModule_Create(&definition);
  if (module == NULL || (make_types() == 0 && add_members(module) == 0)) return module;
  Py_DECREF(module);
  return NULL;
}
