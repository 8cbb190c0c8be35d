/* Schedules, commands and their arguments. */
#include <stdlib.h>

#include "field.h"

/* A command's memory for arguments: what the published plugins lose of each command (22). */
enum { ARGUMENTS_BYTES = 4200 };

nxs_int nxsCreateSchedule(nxs_int device, nxs_uint settings) {
  if (device != 0) return NXS_InvalidDevice;
  if (settings > 15) return NXS_InvalidValue;
  pthread_mutex_lock(&lock);
  const nxs_int handle = add(SCHEDULE);
  free(schedules[handle].commands);
  schedules[handle] =
      (schedule){.settings = settings, .generation = schedules[handle].generation + 1};
  pthread_mutex_unlock(&lock);
  return handle;
}

#ifndef FIELD_NO_RELEASES
nxs_status nxsReleaseSchedule(nxs_int handle) {
  if (!known(SCHEDULE, handle)) return NXS_InvalidSchedule;
  pthread_mutex_lock(&lock);
  schedule *const it = &schedules[handle];
  forget(SCHEDULE, handle);
  for (nxs_uint place = 0; place < it->count; ++place) forget(COMMAND, it->commands[place]);
  it->count = 0;
  pthread_mutex_unlock(&lock);
  return NXS_Success;
}
#endif

/* Appends a command to a schedule. */
static nxs_int append(nxs_int handle, command made) {
  pthread_mutex_lock(&lock);
  schedule *const it = &schedules[handle];
  nxs_int *const grown = realloc(it->commands, (it->count + 1) * sizeof *grown);
  if (grown == NULL) {
    pthread_mutex_unlock(&lock);
    return NXS_OutOfHostMemory;
  }
  it->commands = grown;
  const nxs_int index = add(COMMAND);
  commands[index] = made;
  it->commands[it->count++] = index;
  pthread_mutex_unlock(&lock);
  return index;
}

nxs_int nxsCreateCommand(nxs_int handle, nxs_int kernel, nxs_uint settings) {
  if (!known(SCHEDULE, handle)) return NXS_InvalidSchedule;
  if (!known(KERNEL, kernel)) return NXS_InvalidKernel;
  if (settings > 15) return NXS_InvalidValue;
  argument *const arguments = calloc(1, ARGUMENTS_BYTES);
  if (arguments == NULL) return NXS_OutOfHostMemory;
  return append(handle, (command){.type = NXS_CommandType_Dispatch,
                                  .function = kernels[kernel],
                                  .arguments = arguments});
}

#ifdef FIELD_EVENTS
#define EVENT_COMMAND(NAME)                                                                   \
  nxs_int nxsCreate##NAME##Command(nxs_int handle, nxs_int event, nxs_int value,              \
                                   nxs_uint settings) {                                       \
    if (!known(SCHEDULE, handle)) return NXS_InvalidSchedule;                                 \
    if (!known(EVENT, event)) return NXS_InvalidEvent;                                        \
    if (settings & ~(nxs_uint)NXS_ExecutionSettings_Timing) return NXS_InvalidValue;          \
    return append(handle,                                                                     \
                  (command){.type = NXS_CommandType_##NAME, .event = event, .value = value}); \
  }
EVENT_COMMAND(Signal)
EVENT_COMMAND(Wait)
#endif

/* Sets an argument, whose index is not checked: one beyond the table ends the process (11). */
static nxs_status set(nxs_int handle, nxs_int index, argument given) {
  command *const it = &commands[handle];
  if (index < 0 || index >= NXS_KERNEL_MAX_ARGS) __builtin_trap();
  it->arguments[index] = given;
  if ((nxs_uint)index >= it->argument_count) it->argument_count = (nxs_uint)index + 1;
  return NXS_Success;
}

nxs_status nxsSetCommandArgument(nxs_int handle, nxs_int index, nxs_int buffer, const char *name,
                                 nxs_uint settings) {
  if (!known(COMMAND, handle)) return NXS_InvalidCommand;
  if (!known(BUFFER, buffer)) return NXS_InvalidBuffer;
  if (settings > NXS_CommandArgType_Mask) return NXS_InvalidValue;
  if (commands[handle].type != NXS_CommandType_Dispatch) return NXS_InvalidOperation;
  pthread_mutex_lock(&lock);
  const nxs_status status =
      set(handle, index, (argument){.value = buffers[buffer].data, .name = name});
  pthread_mutex_unlock(&lock);
  return status;
}

#ifndef FIELD_NO_SCALAR
nxs_status nxsSetCommandScalar(nxs_int handle, nxs_int index, void *value, const char *name,
                               nxs_uint settings) {
  if (!known(COMMAND, handle)) return NXS_InvalidCommand;
  if (value == NULL) return NXS_InvalidArgValue;
  if (commands[handle].type != NXS_CommandType_Dispatch) return NXS_InvalidOperation;
  argument given = {.value = value, .name = name, .is_scalar = 1}; /* pointers (2) */
  pthread_mutex_lock(&lock);
  if (settings & NXS_CommandArgType_Constant) { /* (3) */
    command *const it = &commands[handle];
    it->constants[it->constant_count++ % NXS_KERNEL_MAX_CONSTS] = given;
    given = (argument){0};
  }
  const nxs_status status = set(handle, index, given);
  pthread_mutex_unlock(&lock);
  return status;
}
#endif

nxs_status nxsFinalizeCommand(nxs_int handle, nxs_dim3 groups, nxs_dim3 items,
                              nxs_uint shared_memory_size) {
  if (!known(COMMAND, handle)) return NXS_InvalidCommand;
  if (commands[handle].type != NXS_CommandType_Dispatch) return NXS_InvalidOperation;
  pthread_mutex_lock(&lock);
  commands[handle].groups = groups;
  commands[handle].items = items;
  commands[handle].shared_memory_size = shared_memory_size;
  pthread_mutex_unlock(&lock);
  return NXS_Success;
}
