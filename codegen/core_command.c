/* Commands: the fields that only they have, and one that is made, filled and finalized at once. */

/** What `Command` keeps in addition to an object. */
typedef struct nxs_step {
  nxs_object base;
  PyObject *kernel;
  PyObject *event;
  PyObject *accepted;
  PyObject *buffers;
  PyObject *given;
} nxs_step;

static PyTypeObject *step_type;
/* What Python hands over in `configure_commands`. */
static PyTypeObject *command_class;
static PyTypeObject *kernel_class;
static unsigned char command_kind;
/* The names of the attributes that a command is made of, and of a launch's sizes. */
static PyObject *accepted_name, *used_name, *buffers_name, *size_names;

static int step_traverse(PyObject *object, visitproc visit, void *arg) {
  nxs_step *self = (nxs_step *)object;
  Py_VISIT(self->kernel);
  Py_VISIT(self->event);
  Py_VISIT(self->accepted);
  Py_VISIT(self->buffers);
  Py_VISIT(self->given);
  return object_traverse(object, visit, arg);
}

static int step_clear(PyObject *object) {
  nxs_step *self = (nxs_step *)object;
  Py_CLEAR(self->kernel);
  Py_CLEAR(self->event);
  Py_CLEAR(self->accepted);
  Py_CLEAR(self->buffers);
  Py_CLEAR(self->given);
  return object_clear(object);
}

static void step_dealloc(PyObject *object) {
  PyObject_GC_UnTrack(object);
  step_clear(object);
  object_free(object);
}

/** Appends to a list that is an attribute; -1 with an exception. */
static int append_to(nxs_object *owner, PyObject *name, PyObject *item) {
  PyObject *list = PyObject_GetAttr((PyObject *)owner, name);
  const int result = list == NULL ? -1 : PyList_Append(list, item);
  Py_XDECREF(list);
  return result;
}

/** A command without arguments whose handle has been made; the schedule keeps what it uses. */
static nxs_step *new_command(nxs_object *schedule, PyObject *kernel, nxs_int handle) {
  nxs_step *step =
      (nxs_step *)((allocfunc)PyType_GetSlot(command_class, Py_tp_alloc))(command_class, 0);
  if (step == NULL) {
    schedule->plugin->ReleaseCommand(handle);
    return NULL;
  }
  bind_owner(&step->base, schedule);
  step->base.kind = command_kind;
  step->base.handle = handle;
  step->kernel = Py_NewRef(kernel);
  step->accepted = PyObject_GetAttr(kernel, accepted_name);
  step->buffers = PyDict_New();
  step->given = PyLong_FromLong(0);
  if (step->accepted != NULL && step->buffers != NULL && step->given != NULL &&
      append_to(schedule, used_name, kernel) == 0 &&
      append_to(schedule, buffers_name, step->buffers) == 0) {
    return step;
  }
  Py_DECREF((PyObject *)step);
  return NULL;
}

/** Sets all arguments and the size: 1 if the plugin took them, 0 if not, -1 with an exception. */
static int fill_command(nxs_step *step, PyObject *const *values, const nxs_launch *launch) {
  const nxs_plugin *plugin = step->base.plugin;
  const nxs_int handle = step->base.handle;
  for (nxs_uint i = 0; i < launch->argument_count; i++) {
    const nxs_int buffer = launch->arguments[i].buffer_id;
    if (plugin->SetCommandArgument(handle, (nxs_int)i, buffer, NULL, 0) != NXS_Success) return 0;
    PyObject *index = PyLong_FromUnsignedLong(i);
    const int result = index == NULL ? -1 : PyDict_SetItem(step->buffers, index, values[i]);
    Py_XDECREF(index);
    if (result < 0) return -1;
  }
  if (plugin->FinalizeCommand(handle, launch->grid_size, launch->group_size, 0) != NXS_Success) {
    return 0;
  }
  Py_XDECREF(step->given);
  /* As many bits as there are arguments, of which there is at least one. */
  step->given = PyLong_FromUnsignedLongLong(~0ULL >> (64 - launch->argument_count));
  return step->given == NULL ? -1 : 1;
}

/** Copies the references of a tuple or list of arguments; -1 if it is neither, or too long. */
static Py_ssize_t borrow_values(PyObject *list, PyObject **values) {
  const int is_tuple = PyTuple_CheckExact(list);
  if (!is_tuple && !PyList_CheckExact(list)) return -1;
  const Py_ssize_t count = is_tuple ? PyTuple_Size(list) : PyList_Size(list);
  if (count > NXS_KERNEL_MAX_ARGS) return -1;
  for (Py_ssize_t i = 0; i < count; i++) {
    values[i] = is_tuple ? PyTuple_GetItem(list, i) : PyList_GetItem(list, i);
  }
  return count;
}

/** Reads a kernel, buffers and sizes, given as positional arguments or with the sizes by name. */
static int read_command(const nxs_object *self, PyObject *const *args, Py_ssize_t count,
                        PyObject *names, PyObject **values, nxs_launch_argument *arguments,
                        nxs_launch *launch) {
  if (!NXS_COMMANDS_ARE_PROMPT || kernel_class == NULL || count != (names == NULL ? 4 : 2)) {
    return 0;
  }
  nxs_object *kernel = (nxs_object *)args[0];
  if (Py_TYPE(args[0]) != kernel_class || kernel->plugin != self->plugin || kernel->handle < 0) {
    return 0;
  }
  const Py_ssize_t given = borrow_values(args[1], values);
  if (given < 1 || !read_launch_size(args + 2, names == NULL ? size_names : names, launch) ||
      !read_arguments(kernel, values, given, arguments)) {
    return 0;
  }
  launch->argument_count = (nxs_uint)given;
  launch->arguments = arguments;
  return 1;
}

static PyObject *fast_create_command(nxs_object *self, PyObject *const *args, Py_ssize_t count,
                                     PyObject *names) {
  PyObject *values[NXS_KERNEL_MAX_ARGS];
  nxs_launch_argument arguments[NXS_KERNEL_MAX_ARGS];
  nxs_launch launch = {0};
  nxs_int handle = NXS_CLOSED;
  /* The functions that are called here are prompt, so the interpreter's lock is kept. */
  if (read_command(self, args, count, names, values, arguments, &launch)) {
    handle = self->plugin->CreateCommand(self->handle, ((nxs_object *)args[0])->handle, 0);
  }
  /* Where the plugin has refused, this tries again, and says what is wrong. */
  if (handle < 0) return call_python(self, "_python_create_command", args, count, names);
  nxs_step *step = new_command(self, args[0], handle);
  if (step == NULL) return NULL;
  int filled = fill_command(step, values, &launch);
  if (filled == 0) {
    const int grid_is_first = names != NULL && PyUnicode_CompareWithASCIIString(
                                                   PyTuple_GetItem(names, 0), "grid_size") == 0;
    PyObject *done = PyObject_CallMethod((PyObject *)self, "_complete", "OOOO", (PyObject *)step,
                                         args[1], args[2 + grid_is_first], args[3 - grid_is_first]);
    filled = done != NULL;
    Py_XDECREF(done);
  }
  if (filled == 1) return (PyObject *)step;
  Py_DECREF((PyObject *)step);
  return NULL;
}

static PyObject *configure_commands(PyObject *module, PyObject *args) {
  (void)module;
  PyObject *type, *kernel;
  if (!PyArg_ParseTuple(args, "O!O!:configure_commands", &PyType_Type, &type, &PyType_Type,
                        &kernel)) {
    return NULL;
  }
  if (!PyType_IsSubtype((PyTypeObject *)type, step_type) ||
      !PyType_IsSubtype((PyTypeObject *)kernel, base_type)) {
    PyErr_SetString(PyExc_TypeError, "expected a subclass of Step and one of Object");
    return NULL;
  }
  command_kind = kind_named("Command");
  Py_XDECREF(command_class);
  command_class = (PyTypeObject *)Py_NewRef(type);
  Py_XDECREF(kernel_class);
  kernel_class = (PyTypeObject *)Py_NewRef(kernel);
  Py_RETURN_NONE;
}

static PyMemberDef step_members[] = {
    {"_kernel", T_OBJECT, offsetof(nxs_step, kernel), 0, NULL},
    {"_event", T_OBJECT, offsetof(nxs_step, event), 0, NULL},
    {"_accepted", T_OBJECT, offsetof(nxs_step, accepted), 0, NULL},
    {"_buffers", T_OBJECT, offsetof(nxs_step, buffers), 0, NULL},
    {"_given", T_OBJECT, offsetof(nxs_step, given), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot step_slots[] = {
    {Py_tp_doc, "An object with the fields of a command."},
    {Py_tp_dealloc, (void *)step_dealloc},
    {Py_tp_traverse, (void *)step_traverse},
    {Py_tp_clear, (void *)step_clear},
    {Py_tp_members, step_members},
    {0, NULL},
};

static PyType_Spec step_spec = {
    "nexus._core.Step",
    sizeof(nxs_step),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    step_slots,
};
