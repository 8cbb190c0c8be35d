/*
 * Errors of a plugin: an exception is made without a call of Python. It keeps what was known when
 * the plugin refused; `nexus.errors` writes its message when somebody reads it.
 */

/** A refusal: the only argument of an exception whose message nobody has read. */
typedef struct nxs_failure {
  PyObject_HEAD int status;
  /* Of the object that was called, which may end before the message is read. */
  int handle;
  PyObject *kind;
  PyObject *device;
  PyObject *function;
  /* The plugin's message; bytes. */
  PyObject *said;
} nxs_failure;

#define NXS_MESSAGE_SIZE 4096

static PyTypeObject *failure_type;
/* What Python hands over in `configure_errors`: the classes by status, None for those that Python
   has to raise, and the class for any other status. */
static PyObject *classes_of_run;
static PyObject *default_class;
static PyObject *name_of_run;

static void failure_dealloc(PyObject *object) {
  nxs_failure *self = (nxs_failure *)object;
  Py_XDECREF(self->kind);
  Py_XDECREF(self->device);
  Py_XDECREF(self->function);
  Py_XDECREF(self->said);
  object_free(object);
}

/** The plugin's last message, as bytes; NULL without an exception if it is longer than most are. */
static PyObject *last_message(const nxs_plugin *plugin, nxs_status status) {
  char text[NXS_MESSAGE_SIZE + 1];
  size_t size = NXS_MESSAGE_SIZE;
  if (status == NXS_ABSENT) return PyBytes_FromStringAndSize(NULL, 0);
  text[0] = text[NXS_MESSAGE_SIZE] = '\0';
  if (plugin->GetLastErrorMessage(text, &size) >= 0) return PyBytes_FromString(text);
  return size > NXS_MESSAGE_SIZE ? NULL : PyBytes_FromStringAndSize(NULL, 0);
}

static PyObject *new_failure(nxs_object *self, nxs_status status, PyObject *function,
                             PyObject *said) {
  nxs_failure *failure =
      (nxs_failure *)((allocfunc)PyType_GetSlot(failure_type, Py_tp_alloc))(failure_type, 0);
  if (failure == NULL) return NULL;
  nxs_object *root = self;
  while (owner_of(root) != NULL) root = owner_of(root);
  failure->status = status;
  failure->handle = self->handle;
  failure->kind = Py_NewRef((PyObject *)Py_TYPE(self));
  failure->device = Py_NewRef((PyObject *)root);
  failure->function = Py_NewRef(function);
  failure->said = Py_NewRef(said);
  return (PyObject *)failure;
}

/** Raises an exception of a class without calling its __init__. */
static void raise_without_init(PyTypeObject *cls, PyObject *argument) {
  const initproc init = (initproc)PyType_GetSlot((PyTypeObject *)PyExc_BaseException, Py_tp_init);
  const newfunc make = (newfunc)PyType_GetSlot(cls, Py_tp_new);
  PyObject *args = PyTuple_Pack(1, argument);
  PyObject *exception = args == NULL ? NULL : make(cls, args, NULL);
  /* The classes of the operating system's errors have their arguments from there. */
  if (exception != NULL && init(exception, args, NULL) == 0) {
    PyErr_SetObject((PyObject *)cls, exception);
  }
  Py_XDECREF(exception);
  Py_XDECREF(args);
}

/** Raises the exception for a status of nxsRunSchedule; returns NULL. */
static PyObject *raise_failed_run(nxs_object *self, nxs_status status) {
  PyObject *number = classes_of_run == NULL ? NULL : PyLong_FromLong(status);
  PyObject *cls = number == NULL ? NULL : PyDict_GetItemWithError(classes_of_run, number);
  PyObject *said = NULL;
  Py_XDECREF(number);
  if (PyErr_Occurred()) return NULL;
  if (cls == NULL) cls = default_class;
  /* Python says that an object is closed. */
  if (cls != NULL && cls != Py_None && self->handle >= 0) {
    said = last_message(self->plugin, status);
    if (said == NULL && PyErr_Occurred()) return NULL;
  }
  if (said == NULL) {
    return must_raise(
        PyObject_CallMethod((PyObject *)self, "_fail", "iO", (int)status, name_of_run));
  }
  PyObject *failure = new_failure(self, status, name_of_run, said);
  Py_DECREF(said);
  if (failure != NULL) raise_without_init((PyTypeObject *)cls, failure);
  Py_XDECREF(failure);
  return NULL;
}

static PyObject *configure_errors(PyObject *module, PyObject *args) {
  (void)module;
  PyObject *classes, *other;
  if (!PyArg_ParseTuple(args, "O!O!:configure_errors", &PyDict_Type, &classes, &PyType_Type,
                        &other)) {
    return NULL;
  }
  Py_XDECREF(classes_of_run);
  classes_of_run = Py_NewRef(classes);
  Py_XDECREF(default_class);
  default_class = Py_NewRef(other);
  Py_RETURN_NONE;
}

static PyMemberDef failure_members[] = {
    {"status", T_INT, offsetof(nxs_failure, status), READONLY, NULL},
    {"handle", T_INT, offsetof(nxs_failure, handle), READONLY, NULL},
    {"kind", T_OBJECT_EX, offsetof(nxs_failure, kind), READONLY, NULL},
    {"device", T_OBJECT_EX, offsetof(nxs_failure, device), READONLY, NULL},
    {"function", T_OBJECT_EX, offsetof(nxs_failure, function), READONLY, NULL},
    {"said", T_OBJECT_EX, offsetof(nxs_failure, said), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot failure_slots[] = {
    {Py_tp_doc, "What a plugin refused, as it was at that moment."},
    {Py_tp_dealloc, (void *)failure_dealloc},
    {Py_tp_members, failure_members},
    {0, NULL},
};

static PyType_Spec failure_spec = {
    "nexus._core.Failure", sizeof(nxs_failure), 0, Py_TPFLAGS_DEFAULT, failure_slots,
};
