/**
 * A whole plugin in one file of plain C, written from the headers alone: it proves that the ABI
 * needs no SDK. Its device is the host's memory, its libraries are the text "SCRATCH1", and its
 * kernels are "add" (in a, in b, out c, i32 n) and "scale" (out x, f32 factor, i32 n).
 * One lock serialises everything; work is done inside RunSchedule.
 */
#include <errno.h>
#include <nexus-api.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { BUFFER, LIBRARY, KERNEL, EVENT, STREAM, SCHEDULE, COMMAND, KINDS };
enum { SLOTS = 1 << 14, MAX_COMMANDS = 64, MAX_GROUP = 1024, MAX_ARGS = 4 };

static const nxs_int INVALID[KINDS] = {NXS_InvalidBuffer, NXS_InvalidLibrary, NXS_InvalidKernel,
                                       NXS_InvalidEvent,  NXS_InvalidStream,  NXS_InvalidSchedule,
                                       NXS_InvalidCommand};

typedef struct object {
  int kind;
  nxs_int references, parent, status;
  nxs_buffer_layout layout;
  char *data;
  size_t size;
  int owned, kernel, ready, uses[MAX_ARGS], kinds[MAX_ARGS];
  nxs_int value;
  nxs_uint type, settings;
  double elapsed;
  struct object *steps[MAX_COMMANDS], *used[MAX_ARGS];
  int count;
  char scalars[MAX_ARGS][8];
  nxs_dim3 grid, group;
} object;

/* A handle is a slot and how often the slot was used: slots are taken in turns, so a handle comes
   back only after millions of others. */
static object *slots[SLOTS];
static nxs_uint generations[SLOTS], next_slot;
static long live[KINDS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static _Thread_local char message[256];

static nxs_int fail(nxs_int status, const char *why) {
  snprintf(message, sizeof message, "%s", why);
  return status;
}

static void drop(object *o) {
  if (o == NULL || --o->references > 0) return;
  for (int i = 0; i < MAX_ARGS; ++i) drop(o->used[i]);
  for (int i = 0; i < o->count; ++i) drop(o->steps[i]);
  if (o->owned) free(o->data);
  free(o);
}

static object *keep(object *o) {
  o->references++;
  return o;
}

static object *find(nxs_int handle, int kind) {
  const nxs_uint slot = (nxs_uint)handle & (SLOTS - 1);
  object *o = handle < 0 ? NULL : slots[slot];
  if (o == NULL || o->kind != kind || (nxs_uint)handle / SLOTS != generations[slot]) {
    snprintf(message, sizeof message, "no live object has the handle %d", (int)handle);
    return NULL;
  }
  return o;
}

static nxs_int add(int kind, nxs_int parent, object **created) {
  for (nxs_uint tries = 0; tries < SLOTS; ++tries) {
    const nxs_uint slot = next_slot++ & (SLOTS - 1);
    if (slots[slot] != NULL) continue;
    object *o = calloc(1, sizeof *o);
    if (o == NULL) break;
    o->kind = kind;
    o->references = 1;
    o->parent = parent;
    generations[slot] = (generations[slot] + 1) & ((1u << 31) / SLOTS - 1);
    slots[slot] = *created = o;
    live[kind]++;
    return (nxs_int)(generations[slot] * SLOTS + slot);
  }
  return fail(NXS_OutOfHostMemory, "no room for another object");
}

static void forget(nxs_uint slot) {
  live[slots[slot]->kind]--;
  drop(slots[slot]);
  slots[slot] = NULL;
}

static nxs_status release(nxs_int handle, int kind) {
  pthread_mutex_lock(&lock);
  const int found = find(handle, kind) != NULL;
  if (found) {
    forget((nxs_uint)handle & (SLOTS - 1));
    const int child = kind == LIBRARY ? KERNEL : kind == SCHEDULE ? COMMAND : KINDS;
    for (nxs_uint slot = 0; live[KERNEL] + live[COMMAND] > 0 && child < KINDS && slot < SLOTS;
         ++slot)
      if (slots[slot] != NULL && slots[slot]->kind == child && slots[slot]->parent == handle)
        forget(slot);
  }
  pthread_mutex_unlock(&lock);
  return found ? NXS_Success : (nxs_status)INVALID[kind];
}

/* Answers: what a property's value is, given out by the query protocol. */
typedef struct answer {
  char bytes[512];
  size_t size;
} answer;

static nxs_status give(const answer *a, void *value, size_t *size) {
  if (size == NULL)
    return fail(value ? NXS_InvalidArgSize : NXS_InvalidArgValue, "there is no size to write to");
  const size_t capacity = *size;
  *size = a->size;
  if (value == NULL) return NXS_Success;
  if (capacity < a->size) return fail(NXS_InvalidArgSize, "the value does not fit");
  memcpy(value, a->bytes, a->size);
  return NXS_Success;
}

static void text(answer *a, const char *s) {
  a->size = (size_t)snprintf(a->bytes, sizeof a->bytes, "%s", s) + 1;
}

static void number(answer *a, nxs_long n) {
  memcpy(a->bytes + a->size, &n, sizeof n);
  a->size += sizeof n;
}

static void keys(answer *a, const nxs_uint *list, int count) {
  for (int i = 0; i < count; ++i) number(a, list[i]);
}

#define ANSWERS(...)                                       \
  static const nxs_uint listed[] = {__VA_ARGS__, NP_Keys}; \
  if (property == NP_Keys) keys(a, listed, (int)(sizeof listed / sizeof *listed))

static const char *const TYPES[] = {"Undefined", "F32", "F16", "BF16", "F8",  "BF8", "F4",
                                    "BF4",       "I32", "U32", "I16",  "U16", "I8",  "U8",
                                    "I4",        "U4",  "F64", "I64",  "U64", "Bool"};
static const int BITS[] = {8, 32, 16, 16, 8, 8, 4, 4, 32, 32, 16, 16, 8, 8, 4, 4, 64, 64, 64, 8};

static void tell(const object *o, nxs_uint property, answer *a) {
  if (o->kind == BUFFER) {
    ANSWERS(NP_Size, NP_Value, NP_Rank, NP_Shape, NP_DataType);
    else if (property == NP_Size) number(a, (nxs_long)o->size);
    else if (property == NP_Value) number(a, (nxs_long)(intptr_t)o->data);
    else if (property == NP_Rank) number(a, o->layout.rank);
    else if (property == NP_DataType) text(a, TYPES[o->layout.data_type]);
    else if (property == NP_Shape) for (nxs_uint d = 0; d < o->layout.rank; ++d)
        number(a, (nxs_long)o->layout.dim[d]);
  } else if (o->kind == LIBRARY) {
    ANSWERS(NP_Type, NP_Count, NP_SubUnits);
    else if (property == NP_Type) text(a, "scratch");
    else if (property == NP_Count) number(a, 2);
    else if (property == NP_SubUnits) memcpy(a->bytes, "add\0scale\0", a->size = 11);
  } else if (o->kind == KERNEL) {
    ANSWERS(NP_Name, NP_Count, NP_Arguments, NP_DataTypes);
    else if (property == NP_Name) text(a, o->kernel ? "scale" : "add");
    else if (property == NP_Count) number(a, o->count + (o->kernel ? 3 : 4));
    else if (property == NP_Arguments) for (int i = 0; i < (o->kernel ? 3 : 4); ++i)
        number(a, (o->kernel ? "122" : "0012")[i] - '0');
    else if (property == NP_DataTypes)
        memcpy(a->bytes, o->kernel ? "F32\0F32\0I32\0" : "F32\0F32\0F32\0I32\0",
               a->size = o->kernel ? 13 : 17);
  } else if (o->kind == EVENT) {
    ANSWERS(NP_Value, NP_Type);
    else if (property == NP_Value) number(a, o->value);
    else if (property == NP_Type) text(a, o->type == 0   ? "Shared"
                                          : o->type == 1 ? "Signal"
                                                         : "Fence");
  } else if (o->kind == SCHEDULE) {
    ANSWERS(NP_Count, NP_Status);
    if (property == NP_Keys && o->elapsed > 0)
      number(a, NP_ElapsedTime);
    else if (property == NP_Count)
      number(a, o->count);
    else if (property == NP_Status)
      text(a, o->status ? "Error" : "Complete");
    else if (property == NP_ElapsedTime && o->elapsed > 0)
      memcpy(a->bytes, &o->elapsed, a->size = sizeof o->elapsed);
  } else if (o->kind == COMMAND) {
    ANSWERS(NP_Type, NP_Arguments);
    else if (property == NP_Type) text(a, o->type == 0   ? "Dispatch"
                                          : o->type == 1 ? "Signal"
                                                         : "Wait");
    else if (property == NP_Arguments) for (int i = 0; i < MAX_ARGS && o->kinds[i]; ++i)
        number(a, o->kinds[i] == 1 ? o->uses[i] : -1);
  } else {
    ANSWERS(NP_Type);
    else if (property == NP_Type) text(a, "stream");
  }
}

static nxs_status query(nxs_int handle, int kind, nxs_uint property, void *value, size_t *size) {
  answer a = {.size = 0};
  pthread_mutex_lock(&lock);
  const object *o = find(handle, kind);
  if (o != NULL) tell(o, property, &a);
  pthread_mutex_unlock(&lock);
  if (o == NULL) return (nxs_status)INVALID[kind];
  const int empty =
      (kind == BUFFER && property == NP_Shape) || (kind == COMMAND && property == NP_Arguments);
  if (a.size == 0 && kind == SCHEDULE && property == NP_ElapsedTime)
    return fail(NXS_ProfilingInfoNotAvailable, "no run was timed");
  if (a.size == 0 && !empty) return fail(NXS_InvalidProperty, "the object has no such property");
  return give(&a, value, size);
}

#define QUERY(NAME, KIND)                                                                       \
  NXS_API_EXPORT nxs_status nxsGet##NAME##Property(nxs_int o, nxs_uint p, void *v, size_t *s) { \
    return query(o, KIND, p, v, s);                                                             \
  }
#define RELEASE(NAME, KIND) \
  NXS_API_EXPORT nxs_status nxsRelease##NAME(nxs_int o) { return release(o, KIND); }
// clang-format off: macros that stand for functions
QUERY(Buffer, BUFFER)
RELEASE(Buffer, BUFFER)
QUERY(Library, LIBRARY)
RELEASE(Library, LIBRARY)
QUERY(Kernel, KERNEL)
RELEASE(Kernel, KERNEL)
QUERY(Event, EVENT)
RELEASE(Event, EVENT)
QUERY(Stream, STREAM)
RELEASE(Stream, STREAM)
QUERY(Schedule, SCHEDULE)
RELEASE(Schedule, SCHEDULE)
QUERY(Command, COMMAND)
RELEASE(Command, COMMAND)
// clang-format on

nxs_uint nxsGetApiVersion(void) { return NXS_API_VERSION; }

nxs_status nxsGetLastErrorMessage(void *value, size_t *size) {
  answer a = {.size = 0};
  text(&a, message);
  if (size == NULL) return value ? NXS_InvalidArgSize : NXS_InvalidArgValue;
  const int fits = value == NULL || *size >= a.size;
  if (fits && value != NULL) memcpy(value, a.bytes, a.size);
  *size = a.size;
  return fits ? NXS_Success : NXS_InvalidArgSize;
}

nxs_status nxsGetRuntimeProperty(nxs_uint property, void *value, size_t *size) {
  answer storage = {.size = 0}, *a = &storage;
  ANSWERS(NP_Name, NP_Size, NP_LiveObjects);
  else if (property == NP_Name) text(a, "scratch");
  else if (property == NP_Size) number(a, 1);
  else if (property == NP_LiveObjects) for (int kind = 0; kind < KINDS; ++kind)
      number(a, live[kind]);
  return a->size ? give(a, value, size)
                 : fail(NXS_InvalidProperty, "the runtime has no such property");
}

nxs_status nxsGetDeviceProperty(nxs_int device, nxs_uint property, void *value, size_t *size) {
  if (device != 0) return fail(NXS_InvalidDevice, "there is only device 0");
  answer storage = {.size = 0}, *a = &storage;
  ANSWERS(NP_Name, NP_Type, NP_UnifiedMemory, NP_MaxThreadsPerBlock);
  else if (property == NP_Name) text(a, "Scratch");
  else if (property == NP_Type) text(a, "accelerator");
  else if (property == NP_UnifiedMemory) number(a, getenv("SCRATCH_DISCRETE") == NULL);
  else if (property == NP_MaxThreadsPerBlock) number(a, MAX_GROUP);
  return a->size ? give(a, value, size)
                 : fail(NXS_InvalidProperty, "the device has no such property");
}

static nxs_int create(nxs_int device, int kind, nxs_uint bad, object **o) {
  if (device != 0) return fail(NXS_InvalidDevice, "there is only device 0");
  if (bad) return fail(NXS_InvalidValue, "unknown settings");
  return add(kind, -1, o);
}

/* How many bytes a layout spans; 0 where that cannot be expressed. */
static int measure(const nxs_buffer_layout *layout, size_t *size) {
  nxs_ulong count = 1, last = 0, strided = 0, step;
  int overflow = 0;
  for (nxs_uint d = 0; d < layout->rank; ++d) {
    overflow |= __builtin_mul_overflow(count, layout->dim[d], &count);
    if (layout->dim[d] == 0)
      count = overflow = 0, d = layout->rank;
    else
      overflow |= __builtin_mul_overflow(layout->dim[d] - 1, layout->stride[d], &step) ||
                  __builtin_add_overflow(last, step, &last);
    if (d < layout->rank) strided |= layout->stride[d];
  }
  if (strided && count) count = last + 1;
  overflow |= __builtin_mul_overflow(count, (nxs_ulong)BITS[layout->data_type], &count);
  *size = count / 8 + (count % 8 != 0);
  return !overflow && *size <= INT64_MAX / 8;
}

nxs_int nxsCreateBuffer(nxs_int device, nxs_buffer_layout layout, void *host, nxs_uint settings) {
  if (device != 0) return fail(NXS_InvalidDevice, "there is only device 0");
  if (layout.rank > NXS_MAX_DIMS || layout.data_type > NXS_DataType_Bool || settings > 7)
    return fail(NXS_InvalidValue, "the layout or the settings make no sense");
  size_t size;
  if (!measure(&layout, &size)) return fail(NXS_InvalidBufferSize, "the size overflows");
  const int wrap = host != NULL && (settings & NXS_BufferSettings_OnDevice);
  char *data = wrap ? host : calloc(1, size + 1);
  if (data == NULL) return fail(NXS_MemObjectAllocationFailure, "calloc says no");
  if (host != NULL && !wrap) memcpy(data, host, size);
  object *o;
  pthread_mutex_lock(&lock);
  const nxs_int handle = add(BUFFER, -1, &o);
  if (handle >= 0)
    o->layout = layout, o->data = data, o->size = size, o->owned = !wrap;
  else if (!wrap)
    free(data);
  pthread_mutex_unlock(&lock);
  return handle;
}

nxs_status nxsCopyBuffer(nxs_int buffer, void *host, nxs_uint direction) {
  pthread_mutex_lock(&lock);
  object *o = find(buffer, BUFFER);
  nxs_int status = o ? NXS_Success : NXS_InvalidBuffer;
  if (o && direction > 1)
    status = fail(NXS_InvalidValue, "there are two directions");
  else if (o && o->size && host == NULL)
    status = fail(NXS_InvalidHostPtr, "there is no host memory");
  else if (o && o->size)
    direction ? memcpy(o->data, host, o->size) : memcpy(host, o->data, o->size);
  pthread_mutex_unlock(&lock);
  return status;
}

nxs_status nxsFillBuffer(nxs_int buffer, void *value, nxs_uint size) {
  pthread_mutex_lock(&lock);
  object *o = find(buffer, BUFFER);
  nxs_int status = o ? NXS_Success : NXS_InvalidBuffer;
  if (o && value == NULL)
    status = fail(NXS_InvalidArgValue, "there is no pattern");
  else if (o && (size == 0 || o->size % size))
    status = fail(NXS_InvalidArgSize, "the pattern does not fit");
  for (size_t at = 0; status == NXS_Success && at < o->size; at += size)
    memcpy(o->data + at, value, size);
  pthread_mutex_unlock(&lock);
  return status;
}

nxs_int nxsCreateLibrary(nxs_int device, void *data, nxs_uint size, nxs_uint settings) {
  if (device == 0 && (data == NULL || size == 0))
    return fail(NXS_InvalidValue, "there are no bytes");
  if (device == 0 && (size < 8 || memcmp(data, "SCRATCH1", 8)))
    return fail(NXS_InvalidBinary, "a library begins with SCRATCH1");
  object *o;
  pthread_mutex_lock(&lock);
  const nxs_int handle = create(device, LIBRARY, settings, &o);
  pthread_mutex_unlock(&lock);
  return handle;
}

nxs_int nxsCreateLibraryFromFile(nxs_int device, const char *path, nxs_uint settings) {
  char head[8] = {0};
  struct stat about;
  if (device != 0) return fail(NXS_InvalidDevice, "there is only device 0");
  /* Opening a FIFO would wait for somebody who writes to it. */
  const int regular = path && stat(path, &about) == 0 && S_ISREG(about.st_mode);
  FILE *file = regular ? fopen(path, "rb") : NULL;
  if (file == NULL) return fail(NXS_InvalidValue, "there is no such file");
  const size_t size = fread(head, 1, sizeof head, file);
  fclose(file);
  return nxsCreateLibrary(device, head, size ? (nxs_uint)size : 1, settings);
}

nxs_int nxsGetKernel(nxs_int library, const char *name) {
  object *o;
  pthread_mutex_lock(&lock);
  nxs_int handle = find(library, LIBRARY) ? NXS_Success : NXS_InvalidLibrary;
  const int scale = name && strcmp(name, "scale") == 0;
  if (handle == NXS_Success && !scale && (name == NULL || strcmp(name, "add")))
    handle = fail(NXS_InvalidKernelName, "the kernels are add and scale");
  if (handle == NXS_Success && (handle = add(KERNEL, library, &o)) >= 0) o->kernel = scale;
  pthread_mutex_unlock(&lock);
  return handle;
}

#define CREATE(NAME, KIND, BAD, SET)                      \
  NXS_API_EXPORT nxs_int nxsCreate##NAME {                \
    object *o;                                            \
    pthread_mutex_lock(&lock);                            \
    const nxs_int handle = create(device, KIND, BAD, &o); \
    if (handle >= 0) o->SET;                              \
    pthread_mutex_unlock(&lock);                          \
    return handle;                                        \
  }
CREATE(Event(nxs_int device, nxs_event_type type, nxs_uint settings), EVENT, settings || type > 2u,
       type = type)
CREATE(Stream(nxs_int device, nxs_uint settings), STREAM, settings > 3, settings = settings)
CREATE(Schedule(nxs_int device, nxs_uint settings), SCHEDULE, settings > 15, settings = settings)

nxs_status nxsSignalEvent(nxs_int event, nxs_int value) {
  pthread_mutex_lock(&lock);
  object *o = find(event, EVENT);
  if (o && value > o->value) o->value = value;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  return o ? NXS_Success : NXS_InvalidEvent;
}

/* Holds the lock, and an own reference so that a release meanwhile does no harm. */
static nxs_status wait_for(object *o, nxs_int value, const struct timespec *end) {
  int late = 0;
  keep(o);
  while (o->value < value && !late)
    late = end ? pthread_cond_timedwait(&changed, &lock, end) == ETIMEDOUT
               : pthread_cond_wait(&changed, &lock);
  const nxs_status status = o->value < value ? NXS_Timeout : NXS_Success;
  drop(o);
  return status;
}

nxs_status nxsWaitEvent(nxs_int event, nxs_int value) {
  pthread_mutex_lock(&lock);
  object *o = find(event, EVENT);
  const nxs_status status = o ? wait_for(o, value, NULL) : NXS_InvalidEvent;
  pthread_mutex_unlock(&lock);
  return status;
}

nxs_status nxsWaitEventTimeout(nxs_int event, nxs_int value, nxs_ulong timeout_ns) {
  struct timespec end;
  clock_gettime(CLOCK_REALTIME, &end);
  const nxs_ulong ns = (nxs_ulong)end.tv_nsec + timeout_ns % 1000000000;
  end.tv_sec += (time_t)(timeout_ns / 1000000000 + ns / 1000000000);
  end.tv_nsec = (long)(ns % 1000000000);
  pthread_mutex_lock(&lock);
  object *o = find(event, EVENT);
  const nxs_status status = o ? wait_for(o, value, &end) : NXS_InvalidEvent;
  pthread_mutex_unlock(&lock);
  return status;
}

static nxs_int append(nxs_int schedule, nxs_int used, int kind, nxs_uint type, nxs_int value,
                      nxs_uint settings) {
  pthread_mutex_lock(&lock);
  object *s = find(schedule, SCHEDULE), *u = s ? find(used, kind) : NULL, *o;
  nxs_int handle = !s ? NXS_InvalidSchedule : !u ? INVALID[kind] : NXS_Success;
  if (u && settings > 15)
    handle = fail(NXS_InvalidValue, "unknown settings");
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
