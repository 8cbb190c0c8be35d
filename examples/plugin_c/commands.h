/* Commands and the runs of schedules. Work is done inside RunSchedule. */
static nxs_int append(nxs_int schedule, nxs_int used, int kind, nxs_uint type, nxs_int value,
                      nxs_uint settings) {
  pthread_mutex_lock(&lock);
  object *s = find(schedule, SCHEDULE), *u = s ? find(used, kind) : NULL, *o;
  nxs_int handle = !s ? NXS_InvalidSchedule : !u ? INVALID[kind] : NXS_Success;
  if (u && settings > (type ? 3u : 15u))
    handle = fail(NXS_InvalidValue, "unknown settings");
  else if (u && type && (settings & NXS_EventCommandSettings_PerRun) && value <= 0)
    handle = fail(NXS_InvalidValue, "a value that counts per run is positive");
  else if (u && s->count == MAX_COMMANDS)
    handle = fail(NXS_OutOfResources, "the schedule is full");
  if (handle == NXS_Success && (handle = add(COMMAND, schedule, &o)) >= 0) {
    o->type = type, o->value = value, o->kernel = u->kernel, o->ready = type != 0;
    o->settings = settings;
    o->used[MAX_ARGS - 1] = type ? keep(u) : NULL;
    s->steps[s->count++] = keep(o);
  }
  pthread_mutex_unlock(&lock);
  return handle;
}

nxs_int nxsCreateCommand(nxs_int schedule, nxs_int kernel, nxs_uint settings) {
  return append(schedule, kernel, KERNEL, 0, 0, settings);
}

nxs_int nxsCreateSignalCommand(nxs_int schedule, nxs_int event, nxs_int value, nxs_uint settings) {
  return append(schedule, event, EVENT, 1, value, settings);
}

nxs_int nxsCreateWaitCommand(nxs_int schedule, nxs_int event, nxs_int value, nxs_uint settings) {
  return append(schedule, event, EVENT, 2, value, settings);
}

/* Which kinds the arguments have: 1 a buffer, 2 an I32, 3 an F32. */
static const char *signature(const object *command) { return command->kernel ? "132" : "1112"; }

static nxs_status judge(const object *o, nxs_int index) {
  if (o == NULL) return NXS_InvalidCommand;
  if (o->type) return fail(NXS_InvalidOperation, "the command does not run a kernel");
  if (index < 0 || index >= (nxs_int)strlen(signature(o)))
    return fail(NXS_InvalidArgIndex, "the kernel has no such argument");
  return NXS_Success;
}

nxs_status nxsSetCommandArgument(nxs_int command, nxs_int index, nxs_int buffer, const char *name,
                                 nxs_uint settings) {
  (void)name;
  pthread_mutex_lock(&lock);
  object *o = find(command, COMMAND), *b = NULL;
  nxs_status status = judge(o, index);
  if (status == NXS_Success && (settings & ~3u))
    status = fail(NXS_InvalidValue, "unknown settings");
  if (status == NXS_Success && (b = find(buffer, BUFFER)) == NULL) status = NXS_InvalidBuffer;
  if (b && signature(o)[index] != '1')
    status = fail(NXS_InvalidArgValue, "the kernel takes a scalar here");
  if (b && status == NXS_Success) {
    drop(o->used[index]);
    o->used[index] = keep(b), o->uses[index] = buffer, o->kinds[index] = 1, o->ready = 0;
  }
  pthread_mutex_unlock(&lock);
  return status;
}

nxs_status nxsSetCommandScalar(nxs_int command, nxs_int index, void *value, const char *name,
                               nxs_uint settings) {
  (void)name;
  pthread_mutex_lock(&lock);
  object *o = find(command, COMMAND);
  nxs_status status = judge(o, index);
  const nxs_uint type = settings & NXS_DataType_Mask;
  if (status == NXS_Success && (value == NULL || signature(o)[index] == '1'))
    status = fail(NXS_InvalidArgValue, "there is no value, or the kernel takes a buffer here");
  if (status == NXS_Success && (type == 0 || type > NXS_DataType_Bool || BITS[type] % 8))
    status = fail(NXS_InvalidArgValue, "a scalar has whole bytes");
  if (status == NXS_Success && BITS[type] != 32)
    status = fail(NXS_InvalidArgSize, "the kernel takes 4 bytes here");
  if (status == NXS_Success) memcpy(o->scalars[index], value, 4), o->kinds[index] = 2, o->ready = 0;
  pthread_mutex_unlock(&lock);
  return status;
}

nxs_status nxsFinalizeCommand(nxs_int command, nxs_dim3 grid, nxs_dim3 group, nxs_uint shared) {
  pthread_mutex_lock(&lock);
  object *o = find(command, COMMAND);
  const nxs_ulong items = (nxs_ulong)group.x * group.y;
  nxs_ulong all;
  nxs_status status = o ? NXS_Success : NXS_InvalidCommand;
  if (o && o->type)
    status = fail(NXS_InvalidOperation, "the command does not run a kernel");
  else if (o && (items == 0 || group.z == 0 || items > MAX_GROUP || items * group.z > MAX_GROUP))
    status = fail(NXS_InvalidWorkGroupSize, "a group has 1 to 1024 items");
  else if (o && (grid.x == 0 || grid.y == 0 || grid.z == 0))
    status = fail(NXS_InvalidGlobalWorkSize, "the grid has no groups");
  else if (o && (__builtin_mul_overflow((nxs_ulong)grid.x * grid.y, grid.z, &all) ||
                 __builtin_mul_overflow(all, items * group.z, &all) || all > INT64_MAX))
    status = fail(NXS_InvalidGlobalWorkSize, "the grid has more items than can be counted");
  else if (o && shared > 65536)
    status = fail(NXS_OutOfResources, "there is no more than 64 KiB");
  if (o && status == NXS_Success) o->ready = 1, o->grid = grid, o->group = group;
  pthread_mutex_unlock(&lock);
  return status;
}

static void execute(const object *o) {
  const nxs_ulong items =
      (nxs_ulong)o->grid.x * o->grid.y * o->grid.z * o->group.x * o->group.y * o->group.z;
  nxs_int n;
  float factor;
  memcpy(&n, o->scalars[o->kernel ? 2 : 3], 4);
  memcpy(&factor, o->scalars[1], 4);
  if (n < 0) n = 0;
  for (int i = 0; i < (o->kernel ? 1 : 3); ++i)
    if ((nxs_ulong)n > o->used[i]->size / 4) n = (nxs_int)(o->used[i]->size / 4);
  float *x = (float *)o->used[0]->data;
  for (nxs_ulong i = 0; i < items && (nxs_long)i < n; ++i)
    if (o->kernel)
      x[i] *= factor;
    else
      ((float *)o->used[2]->data)[i] = x[i] + ((float *)o->used[1]->data)[i];
}

static nxs_status check(const object *o) {
  if (!o->ready)
    return fail(NXS_InvalidCommand, "a command is not finalized, or was changed afterwards");
  for (int i = 0; o->type == 0 && i < (int)strlen(signature(o)); ++i)
    if (!o->kinds[i]) return fail(NXS_InvalidKernelArgs, "an argument was never set");
  return NXS_Success;
}

nxs_status nxsRunSchedule(nxs_int schedule, nxs_int stream, nxs_uint settings) {
  struct timespec begin, end;
  pthread_mutex_lock(&lock);
  object *s = find(schedule, SCHEDULE);
  nxs_status status = s ? NXS_Success : NXS_InvalidSchedule;
  if (s && stream >= 0 && find(stream, STREAM) == NULL) status = NXS_InvalidStream;
  if (s && settings > 15) status = fail(NXS_InvalidValue, "unknown settings");
  for (int i = 0; s && status == NXS_Success && i < s->count; ++i) status = check(s->steps[i]);
  clock_gettime(CLOCK_MONOTONIC, &begin);
  if (s) keep(s);
  const nxs_int runs = s && status == NXS_Success ? ++s->value : 0;
  for (int i = 0; s && status == NXS_Success && i < s->count; ++i) {
    object *o = s->steps[i], *event = o->used[MAX_ARGS - 1];
    const nxs_int value =
        o->settings & NXS_EventCommandSettings_PerRun ? o->value * runs : o->value;
    if (o->type == 0)
      execute(o);
    else if (o->type == 2)
      wait_for(event, value, NULL);
    else if (value > event->value)
      event->value = value;
    pthread_cond_broadcast(&changed);
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  if (s && ((settings | s->settings) & NXS_ExecutionSettings_Timing))
    s->elapsed =
        (double)(end.tv_sec - begin.tv_sec) * 1e3 + (double)(end.tv_nsec - begin.tv_nsec) / 1e6;
  drop(s);
  pthread_mutex_unlock(&lock);
  return status;
}
