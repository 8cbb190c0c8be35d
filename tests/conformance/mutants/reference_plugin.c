/**
 * The plugin that the conformance kit is tested on: small, without the SDK, conforming in every
 * rule, with a thread for each stream. -DMUTANT_<NAME>=1 plants a bug; mutants.json describes it
 * and names the check that must fail.
 *
 * Its device is the host's memory. A library is the text "REFERENCE" and the names of its kernels,
 * a selection of `kCodes`. One lock protects all state; kernels run without it, and waits release
 * it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <nexus-api.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* MUTANT(NAME) is 1 where MUTANT_NAME is defined as 1, and 0 where it is not defined. */
#define MUTANT_PLACE_1 0,
#define MUTANT_SECOND(A, B, ...) B
#define MUTANT_CHOOSE(PLACE) MUTANT_SECOND(PLACE 1, 0, ~)
#define MUTANT_OF(VALUE) MUTANT_CHOOSE(MUTANT_PLACE_##VALUE)
#define MUTANT_VALUE(NAME) MUTANT_OF(NAME)
#define MUTANT(NAME) MUTANT_VALUE(MUTANT_##NAME)

typedef enum { BUFFER, LIBRARY, KERNEL, EVENT, STREAM, SCHEDULE, COMMAND, KINDS } object_kind;

enum {
  EXECUTION_SETTINGS = 15,
  EVENT_COMMAND_SETTINGS = NXS_EventCommandSettings_PerRun | NXS_ExecutionSettings_Timing,
  STREAM_SETTINGS = 3,
  BUFFER_SETTINGS = 7,
  MAX_GROUP = 1024,
  MAX_SHARED = 65536,
  MAX_PARAMETERS = 4,
  DEVICES = 2
};
#define LARGE ((size_t)1 << 20)
#define MAX_BUFFER ((size_t)1 << 28)
#define MAX_MEMORY ((size_t)1 << 32)

typedef struct object {
  object_kind kind;
  int references;
  /* -1 once it is released. */
  nxs_int handle;
  pthread_t maker;
  nxs_int device;
  /* Whose release ends this handle, and the handles that the release of this one ends. */
  struct object *parent, *children, *previous, *next;
} object;

typedef struct {
  object base;
  nxs_buffer_layout layout;
  size_t size;
  char *data;
  int wrapped;
} buffer;

typedef struct {
  object base;
  /* A bit for each of kCodes that it has. */
  nxs_uint codes;
  const char *late;
} library;

typedef struct publication publication;

typedef struct {
  const char *name;
  int count;
  /* An nxs_kernel_arg_kind and an nxs_data_type each. */
  struct {
    nxs_int kind;
    nxs_uint type;
  } parameters[MAX_PARAMETERS];
  /* Does `items` items of one group, the first of which has this index. */
  void (*group)(const publication *, nxs_ulong first, nxs_ulong items);
} kernel_code;

typedef struct {
  object base;
  const kernel_code *code;
  library *library;
} kernel;

typedef struct {
  object base;
  nxs_event_type type;
  nxs_int value;
  /* Set while work that was to signal the event has failed, for this reason. */
  int failed;
  const char *why;
  /* How often it was marked as failed, and how many signal commands there are for it. */
  int marks, signalers;
} event;

typedef struct {
  int measured;
  nxs_long start, end;
} timing;

typedef struct {
  int set;
  buffer *buffer;
  nxs_int handle;
  char scalar[8];
  const void *late;
} argument;

/* Arguments of which none is set. */
static argument kUnset[MAX_PARAMETERS];

/* What FinalizeCommand published: the size of a launch and the arguments that were set. Runs keep
   theirs, whatever the command publishes later. */
struct publication {
  int references;
  nxs_dim3 grid, group;
  argument arguments[MAX_PARAMETERS];
};

typedef struct {
  object base;
  nxs_command_type type;
  nxs_uint settings;
  kernel *kernel;
  event *event;
  nxs_int value;
  /* What the next FinalizeCommand publishes; kUnset until the first one is set. */
  argument *arguments;
  /* NULL until it is finalized; `stale` once it has been changed since. */
  publication *published;
  int stale;
  timing time;
} command;

/* A command as it was when its schedule was run. */
typedef struct {
  command *command;
  publication *published;
  nxs_int value;
} step;

typedef struct {
  object base;
  nxs_uint settings;
  command **commands;
  int count, capacity, runs, first_count;
  /* An nxs_event_status, -1 before the first run. */
  int status;
  const char *why;
  timing time;
} schedule;

typedef struct run {
  /* The next one of the stream, and the neighbours among all runs that are not over. */
  struct run *next, *older, *newer;
  nxs_ulong number;
  schedule *schedule;
  int blocking, timed, over;
  nxs_status status;
  const char *why;
  int count;
  step steps[];
} run;

typedef struct {
  object base;
  nxs_uint settings;
  run *first, *last;
  int has_thread, closed, busy;
  /* Status of a failed non-blocking run, until a blocking run reports it. */
  nxs_status failure;
  const char *why;
} stream;

static const struct {
  const char *name;
  nxs_status invalid;
  size_t size;
} kKinds[KINDS] = {
    {"buffer", NXS_InvalidBuffer, sizeof(buffer)},
    {"library", NXS_InvalidLibrary, sizeof(library)},
    {"kernel", NXS_InvalidKernel, sizeof(kernel)},
    {"event", NXS_InvalidEvent, sizeof(event)},
    {"stream", NXS_InvalidStream, sizeof(stream)},
    {"schedule", NXS_InvalidSchedule, sizeof(schedule)},
    {"command", NXS_InvalidCommand, sizeof(command)},
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Told of everything that somebody could wait for. */
static pthread_cond_t changed;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pid_t owner;
static long live[KINDS];
static size_t memory_used;
static stream default_streams[DEVICES] = {
    {.base = {.kind = STREAM, .references = 1, .handle = -1}},
    {.base = {.kind = STREAM, .references = 1, .handle = -1, .device = 1}}};
/* All runs that are not over, the newest one first, and how many there have been. */
static run *all_runs;
static nxs_ulong runs_submitted;
static const object devices[DEVICES] = {{.device = 0}, {.device = 1}};

/* What mutants remember. */
static buffer *last_buffer, *late_buffer;
static char late_pattern[4];
static library *last_library;
static void *last_freed;
static nxs_int last_event, last_handle;
static volatile int runs_busy, kernels_busy;

#define MESSAGE_SIZE 256
#if MUTANT(MESSAGE_SHARED)
static char message[MESSAGE_SIZE];
#else
/* In the memory that each thread has from the start: room made later could fail to be made. */
static _Thread_local char message[MESSAGE_SIZE] __attribute__((tls_model("initial-exec")));
#endif

__attribute__((format(printf, 2, 3))) static nxs_int fail(nxs_int status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (!MUTANT(MESSAGE_NONE)) vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  if (MUTANT(ERROR_LEAKS_HEAP)) last_freed = malloc(100);
  if (MUTANT(FILE_LEFT_OPEN)) (void)!open("/dev/null", O_RDONLY);
  return MUTANT(STATUS_UNDEFINED) && status == NXS_InvalidArgIndex ? -1000 : status;
}

static void start(void) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&changed, &attributes);
  pthread_condattr_destroy(&attributes);
  owner = getpid();
}

/* What every function begins with: success where this process is the one that used it first. */
static nxs_int enter(void) {
  pthread_once(&once, start);
  if (MUTANT(ERRNO_CHANGED)) errno = EINVAL;
  if (MUTANT(ROUNDING_CHANGED)) fesetround(FE_TOWARDZERO);
  if (MUTANT(LOCALE_CHANGED)) setlocale(LC_ALL, "C.UTF-8");
  if (MUTANT(DESCRIPTOR_CLOSED)) close(0);
  for (int i = 3; MUTANT(DESCRIPTORS_CLOSED) && i < 256; ++i) close(i);
  for (int i = 1; MUTANT(DESCRIPTORS_WRITTEN) && i < 64; ++i)
    (void)!write(i, "\a\xff\0\x7f garbage\n", 14);
  if (MUTANT(CALLS_EXIT)) exit(0);
  if (MUTANT(SIGNAL_HANDLER)) signal(SIGINT, SIG_IGN);
  if (getpid() != owner && !MUTANT(FORK_IGNORED))
    return fail(NXS_DeviceNotAvailable, "this process is a fork of one that used the plugin");
  return NXS_Success;
}

/* The table of handles: a slot's number and how often the slot was used. Released slots wait in a
   queue and are used again once kReserve of them wait. */
enum {
  kSlotBits = MUTANT(TABLE_SMALL) ? 14 : 21,
  kSlots = 1 << kSlotBits,
  kBlock = 4096,
  kGenerations = 1 << (31 - kSlotBits),
  kFirstGeneration = 300,
  kReserve = MUTANT(SLOT_REUSED) || MUTANT(REUSED_AT_ONCE) ? 1
  : MUTANT(REUSE_EARLY)                                    ? 1024
                                                           : 8192
};

typedef struct {
  object *object;
  int generation, next;
} slot;

static slot *blocks[kSlots / kBlock];
static int slots_used, released, released_first, released_last;

static slot *slot_at(int index) { return &blocks[index / kBlock][index % kBlock]; }

/* Lets go of the lock for a moment, which is how mutants race. */
static void let_others_in(void) {
  pthread_mutex_unlock(&lock);
  sched_yield();
  pthread_mutex_lock(&lock);
}

/* Copies of the plugin in a process share their objects through the environment. */
static const char *shared_name(nxs_int handle, object_kind kind) {
  static char name[64];
  snprintf(name, sizeof name, "NEXUS_REFERENCE_%d_%d", kind, handle);
  return name;
}

static void *object_of_copy(nxs_int handle, object_kind kind) {
  const char *place = getenv(shared_name(handle, kind));
  return place ? (void *)(uintptr_t)strtoull(place, NULL, 16) : NULL;
}

static void tell_copies(object *o) {
  char place[32];
  snprintf(place, sizeof place, "%llx", (unsigned long long)(uintptr_t)o);
  setenv(shared_name(o->handle, o->kind), place, 1);
}

static void *find(nxs_int handle, object_kind kind) {
  const int index = handle & (kSlots - 1);
  if (handle >= 0 && index < slots_used) {
    const slot *s = slot_at(index);
    if (s->object && (s->generation == handle >> kSlotBits || MUTANT(STALE_ACCEPTED)) &&
        (s->object->kind == kind || (MUTANT(KIND_IGNORED) && kind == LIBRARY)))
      return s->object;
  }
  if (MUTANT(NEGATIVE_CRASHES) && handle < 0) return slot_at(handle)->object;
  if (MUTANT(COPIES_SHARE) && object_of_copy(handle, kind)) return object_of_copy(handle, kind);
  fail(kKinds[kind].invalid, "no live %s has the handle %d", kKinds[kind].name, handle);
  return NULL;
}

static int take_slot(object_kind kind) {
  if (released < kReserve && slots_used < kSlots) {
    if (slots_used % kBlock == 0) {
      slot *block = calloc(kBlock, sizeof *block);
      if (!block) return fail(NXS_OutOfHostMemory, "there is no memory for more handles");
      blocks[slots_used / kBlock] = block;
    }
    slot_at(slots_used)->generation = kFirstGeneration;
    const int index = slots_used;
    if (MUTANT(SLOT_RACES) && kind == EVENT) let_others_in();
    slots_used = index + 1;
    return index;
  }
  if (MUTANT(EXHAUSTION_CRASHES) && released < kReserve) abort();
  if (released < kReserve) return fail(NXS_OutOfResources, "too many objects are live");
  const int index = released_first;

  slot *s = slot_at(index);
  released_first = s->next;
  --released;
  if (MUTANT(SLOT_REUSED)) return index;
  if (++s->generation == (MUTANT(GENERATIONS_FEW) ? kFirstGeneration + 16 : kGenerations))
    s->generation = MUTANT(GENERATIONS_FEW) ? kFirstGeneration : 1;
  return index;
}

static void give_slot(int index) {
  slot *s = slot_at(index);
  s->object = NULL;
  if (released++ == 0)
    released_first = index;
  else
    slot_at(released_last)->next = index;
  released_last = index;
}

static void *keep(object *o) {
  o->references++;
  return o;
}

/* Memory of zeros. Large pieces are pages of their own. */
static char *allocate(size_t size) {
  if (size < LARGE) return calloc(1, size + 1);
  char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return pages == MAP_FAILED && !MUTANT(MAPPING_UNCHECKED) ? NULL : pages;
}

static void give_back(char *data, size_t size) {
  if (size < LARGE)
    free(data);
  else
    munmap(data, size);
}

static void drop(object *o);

static void drop_publication(publication *p) {
  if (!p || --p->references > 0) return;
  for (int i = 0; i < MAX_PARAMETERS; ++i) drop((object *)p->arguments[i].buffer);
  free(p);
}

static void drop(object *o) {
  if (!o || --o->references > 0) return;
  if (o->kind == BUFFER) {
    buffer *b = (buffer *)o;
    if (b == last_buffer) last_buffer = NULL;
    if (b == late_buffer) late_buffer = NULL;
    if (b->size < LARGE) last_freed = b->data;
    if ((!b->wrapped || MUTANT(WRAPPED_FREED)) && !MUTANT(MEMORY_LEAKED)) {
      memory_used -= b->size;
      give_back(b->data, b->size);
    }
  } else if (o->kind == LIBRARY) {
    if (o == (object *)last_library) last_library = NULL;
  } else if (o->kind == KERNEL) {
    drop(&((kernel *)o)->library->base);
  } else if (o->kind == SCHEDULE) {
    schedule *s = (schedule *)o;
    for (int i = 0; i < s->count && !MUTANT(COMMANDS_LEAKED); ++i) drop(&s->commands[i]->base);
    free(s->commands);
  } else if (o->kind == COMMAND) {
    command *c = (command *)o;
    for (int i = 0; i < MAX_PARAMETERS; ++i) drop((object *)c->arguments[i].buffer);
    if (c->arguments != kUnset) free(c->arguments);
    drop_publication(c->published);
    drop((object *)c->kernel);
    if (c->type == NXS_CommandType_Signal && --c->event->signalers == 0 &&
        !MUTANT(LAST_SIGNAL_COMMAND_SILENT))
      pthread_cond_broadcast(&changed);
    drop((object *)c->event);
  }
  free(o);
}

static void set_live(object_kind kind, int step) {
  const long before = live[kind];
  if (MUTANT(COUNT_RACES)) let_others_in();
  live[kind] = before + step;
}

/* A new object with a handle, or NULL, with the reason in `status`. */
static void *create(object_kind kind, nxs_int device, object *parent, nxs_int *status) {
  object *o = calloc(1, kKinds[kind].size);
  if (!o && MUTANT(EVENT_MEMORY_UNCHECKED) && kind == EVENT) o->kind = kind;
  if (!o && MUTANT(STREAM_FAILURE_COUNTED) && kind == STREAM) set_live(kind, 1);
  if (!o) {
    *status = fail(NXS_OutOfHostMemory, "there is no memory for a %s", kKinds[kind].name);
    if (MUTANT(LIBRARY_FAILURE_STATUS) && kind == LIBRARY) *status = NXS_InvalidValue;
    if (MUTANT(KERNEL_FAILURE_STATUS) && kind == KERNEL) *status = NXS_InvalidKernelName;
    if (MUTANT(SCHEDULE_FAILURE_SUCCEEDS) && kind == SCHEDULE) *status = 0;
    return NULL;
  }
  const int index = take_slot(kind);
  if (index < 0) {
    free(o);
    *status = index;
    return NULL;
  }
  o->kind = kind;
  o->references = 1;
  o->maker = pthread_self();
  o->device = device;
  o->handle = (nxs_int)(slot_at(index)->generation << kSlotBits | index);
  o->parent = parent;
  if (parent) {
    o->next = parent->children;
    if (o->next) o->next->previous = o;
    parent->children = o;
  }
  slot_at(index)->object = o;
  set_live(kind, 1);
  if (MUTANT(COPIES_SHARE)) tell_copies(o);
  *status = o->handle;
  if (MUTANT(HANDLE_TWICE) && kind == EVENT && live[EVENT] % 8 == 0) *status = last_event;
  if (kind == EVENT) last_event = o->handle;
  if (MUTANT(HANDLE_MAXIMUM) && kind == BUFFER) *status = INT32_MAX;
  if (MUTANT(HANDLE_UNDEFINED) && kind == EVENT && live[EVENT] > 1) *status = -1000;
  return o;
}

static void end_handle(object *o) {
  while (o->children) {
    const int survives = o->kind == LIBRARY ? MUTANT(KERNELS_SURVIVE) : MUTANT(COMMANDS_SURVIVE);
    if (survives || (MUTANT(KERNEL_SURVIVES) && o->kind == LIBRARY && !o->children->next)) {
      o->children->parent = NULL;
      o->children = o->children->next;
      continue;
    }
    end_handle(o->children);
  }
  if (o->parent && !MUTANT(CHILD_STAYS_LINKED)) {
    *(o->previous ? &o->previous->next : &o->parent->children) = o->next;
    if (o->next) o->next->previous = o->previous;
  }
  o->parent = o->previous = o->next = NULL;
  set_live(o->kind, MUTANT(COUNT_KEPT) && o->kind == KERNEL ? 0 : -1);
  give_slot(o->handle & (kSlots - 1));
  o->handle = -1;
  if (MUTANT(RELEASE_LEAKS) && o->kind == EVENT) return;
  if (MUTANT(EVENT_FREED_EARLY) && o->kind == EVENT) o->references = 1;
  if (MUTANT(BUFFER_FREED_EARLY) && o->kind == BUFFER)
    memset(((buffer *)o)->data, 0xDD, ((buffer *)o)->size);
  drop(o);
}

static nxs_int release(nxs_int handle, object_kind kind) {
  object *o = find(handle, kind);
  if (!o) {
    static const int succeeds[KINDS] = {
        [LIBRARY] = MUTANT(LIBRARY_RELEASED_TWICE),   [KERNEL] = MUTANT(KERNEL_RELEASED_TWICE),
        [EVENT] = MUTANT(EVENT_RELEASED_TWICE),       [STREAM] = MUTANT(STREAM_RELEASED_TWICE),
        [SCHEDULE] = MUTANT(SCHEDULE_RELEASED_TWICE), [COMMAND] = MUTANT(COMMAND_RELEASED_TWICE)};
    if (handle >= 0 && succeeds[kind]) return NXS_Success;
    if (MUTANT(BUFFER_FREED_TWICE) && kind == BUFFER && handle >= 0) {
      /* Not the buffer's own, which may have become somebody else's meanwhile; and volatile, since
         compilers leave out memory that is only freed. */
      void *volatile memory = malloc(64);
      free(memory);
      free(memory);
    }
    if (MUTANT(FOREIGN_ACCEPTED) && handle >= 0 && live[kind] == 0) return NXS_Success;
    return kKinds[kind].invalid;
  }
  if (MUTANT(RELEASE_ALLOCATES)) {
    if (!(last_freed = malloc(16))) return NXS_OutOfHostMemory;
    free(last_freed);
  }
  if (MUTANT(RELEASE_RACES)) {
    keep(o);
    let_others_in();
    const int lost = o->handle < 0;
    drop(o);
    if (lost) return NXS_Success;
  }
  if (MUTANT(LIBRARY_BUSY_REFUSED) && kind == LIBRARY && o->children) return NXS_InvalidOperation;
  if (MUTANT(CODE_UNLOADED_EARLY) && kind == LIBRARY) ((library *)o)->codes = 0;
  if (MUTANT(RELEASE_ELSEWHERE_REFUSED) && !pthread_equal(o->maker, pthread_self()))
    return kKinds[kind].invalid;
  if (kind == STREAM) {
    stream *s = (stream *)o;
    if (MUTANT(STREAM_DROPS_WORK)) s->first = s->last = NULL;
    s->closed = 1;
    pthread_cond_broadcast(&changed);
  }
  if (MUTANT(SCHEDULE_DROPS_WORK) && kind == SCHEDULE) ((schedule *)o)->count = 0;
  if (MUTANT(EVENT_RELEASE_WAKES) && kind == EVENT) {
    ((event *)o)->value = INT32_MAX;
    pthread_cond_broadcast(&changed);
  }
  end_handle(o);
  if (kind == EVENT) pthread_cond_broadcast(&changed);
  return NXS_Success;
}

/* Kernels. They look at x only: items along y and z do the same once more. */
static char *data_of(const publication *p, int index) { return p->arguments[index].buffer->data; }

static nxs_long int_of(const publication *p, int index) {
  const argument *a = &p->arguments[index];
  nxs_int value;
  memcpy(&value, a->late ? a->late : a->scalar, sizeof value);
  return value;
}

static void add_group(const publication *p, nxs_ulong first, nxs_ulong items) {
  for (nxs_ulong i = first; i < first + items && (nxs_long)i < int_of(p, 3); ++i) {
    nxs_float a, b;
    memcpy(&a, data_of(p, 0) + 4 * i, 4);
    memcpy(&b, data_of(p, 1) + 4 * i, 4);
    a = MUTANT(ADD_SUBTRACTS) ? a - b : a + b;
    memcpy(data_of(p, 2) + 4 * i, &a, 4);
  }
}

static void fill_group(const publication *p, nxs_ulong first, nxs_ulong items) {
  const nxs_int value = (nxs_int)int_of(p, 1);
  const nxs_long bound =
      MUTANT(BOUND_IGNORED) ? (nxs_long)p->arguments[0].buffer->size / 4 : int_of(p, 2);
  for (nxs_ulong i = first; i < first + items && (nxs_long)i < bound; ++i)
    memcpy(data_of(p, 0) + 4 * i, &value, 4);
}

/* Reverses each group: what an item wrote before the barrier is read by another one after it. */
static void barrier_group(const publication *p, nxs_ulong first, nxs_ulong items) {
  nxs_int shared[MAX_GROUP] = {0};
  const nxs_ulong n = (nxs_ulong)int_of(p, 2);
  for (nxs_ulong i = 0; i < items; ++i)
    if (first + i < n && !MUTANT(BARRIER_MISSING))
      memcpy(&shared[i], data_of(p, 0) + 4 * (first + i), 4);
  for (nxs_ulong i = 0; i < items; ++i)
    if (first + i < n && first + items - 1 - i < n) {
      if (MUTANT(BARRIER_MISSING)) memcpy(&shared[i], data_of(p, 0) + 4 * (first + i), 4);
      memcpy(data_of(p, 1) + 4 * (first + i), &shared[items - 1 - i], 4);
    }
}

/* Never ends, unless somebody writes something else than 0 to the buffer. */
static void endless_group(const publication *p, nxs_ulong first, nxs_ulong items) {
  static const struct timespec pause = {.tv_nsec = 1000000};
  (void)first, (void)items;
  while (*(volatile char *)data_of(p, 0) == 0) nanosleep(&pause, NULL);
}

static const kernel_code kCodes[] = {
    {"add",
     4,
     {{0, NXS_DataType_F32}, {0, NXS_DataType_F32}, {1, NXS_DataType_F32}, {2, NXS_DataType_I32}},
     add_group},
    {"fill", 3, {{1, NXS_DataType_I32}, {2, NXS_DataType_I32}, {2, NXS_DataType_I32}}, fill_group},
    {"barrier",
     3,
     {{0, NXS_DataType_I32}, {1, NXS_DataType_I32}, {2, NXS_DataType_I32}},
     barrier_group},
    {"endless", 1, {{1, NXS_DataType_I32}}, endless_group},
};
enum { CODES = sizeof kCodes / sizeof *kCodes };
static const char *const kArgumentNames[CODES][MAX_PARAMETERS] = {
    {"a", "b", "sum", "count"}, {"x", "value", "count"}, {"x", "reversed", "count"}, {"flag"}};

static nxs_status execute(const command *c, const publication *p, const char **why) {
  const kernel_code *code = c->kernel->code;
  if (MUTANT(CODE_UNLOADED_EARLY) && !c->kernel->library->codes) abort();
  if (MUTANT(UNFINALIZED_RUNS) && !p) return NXS_Success;
  if (MUTANT(NO_ARGUMENTS_RUN) && !p->arguments[0].set) return NXS_Success;
  const int last = code->count - 1;
  const nxs_long n = code->parameters[last].kind == 2 ? int_of(p, last) : 1;
  for (int i = 0; i < code->count; ++i)
    if (p->arguments[i].buffer && n > (nxs_long)(p->arguments[i].buffer->size / 4)) {
      *why = "a buffer is smaller than the number of items of the launch";
      return NXS_InvalidProgramExecutable;
    }
  const nxs_ulong grid = p->grid.x, group = p->group.x;
  const nxs_ulong groups = MUTANT(GRID_GROUP_SWAPPED) ? group : grid;
  const nxs_ulong items = MUTANT(GRID_GROUP_SWAPPED) ? grid : group;
  const nxs_ulong end = MUTANT(LAST_GROUP_MISSING) && groups > 1 ? groups - 1 : groups;
  for (nxs_ulong g = 0; g < end && (nxs_long)(g * items) < n; ++g) code->group(p, g * items, items);
  return NXS_Success;
}

/* Streams and what they run. */
static nxs_long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (nxs_long)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void raise_event(event *e, nxs_int value) {
  const nxs_int before = e->value;
  if (MUTANT(EVENT_RACES)) let_others_in();
  if ((value > before || MUTANT(MARK_CLEARED_BY_ANY)) && !MUTANT(MARK_STAYS)) e->failed = 0;
  if (value > before || MUTANT(EVENT_BACKWARDS)) e->value = value;
  if (MUTANT(WAKES_ONE))
    pthread_cond_signal(&changed);
  else if (!MUTANT(WAKE_UP_LOST))
    pthread_cond_broadcast(&changed);
}

/* Each wait for a value that was not reached ends, until a signal raises the counter. */
static void mark_failed(event *e, const char *why) {
  if (MUTANT(FAILURE_NOT_MARKED)) return;
  e->failed = 1;
  e->why = MUTANT(CAUSE_LOST) ? "unknown" : why;
  e->marks++;
  pthread_cond_broadcast(&changed);
}

static int is_abandoned(const event *e) {
  if (MUTANT(ABANDONED_TOO_EARLY)) return e->base.handle < 0;
  return e->base.handle < 0 && e->signalers == 0;
}

static nxs_int check_command(const command *c) {
  if (c->type != NXS_CommandType_Dispatch) return NXS_Success;
  if ((!c->published || (c->stale && !MUTANT(CHANGED_COMMAND_RUNS))) && !MUTANT(UNFINALIZED_RUNS))
    return fail(NXS_InvalidCommand, "the command for kernel %s is not finalized",
                c->kernel->code->name);
  const argument *published = c->published ? c->published->arguments : c->arguments;
  if (MUTANT(NO_ARGUMENTS_RUN) && !published[0].set) return NXS_Success;
  for (int i = 0; i < c->kernel->code->count; ++i)
    if (!published[i].set && !(MUTANT(HOLE_RUNS) && i == 1))
      return fail(NXS_InvalidKernelArgs, "argument %d of kernel %s was never set", i,
                  c->kernel->code->name);
  return NXS_Success;
}

/* Waits for an event in a stream's work. */
static nxs_status await(run *r, event *e, nxs_int value) {
  const nxs_long begin = now();
  const int marks = e->marks - e->failed;
  while (MUTANT(WAIT_COMMAND_HURRIES) && e->value < value && now() < begin + 10000000)
    let_others_in();
  if (MUTANT(WAIT_COMMAND_IGNORED) || MUTANT(WAIT_COMMAND_HURRIES)) return NXS_Success;
  while (e->value < value) {
    if (e->marks != marks && !MUTANT(WAIT_COMMAND_MISSES_FAILURE)) {
      r->why = e->why;
      return NXS_ExecStatusErrorForEventsInWaitList;
    }
    if (is_abandoned(e) && !MUTANT(WAIT_COMMAND_ABANDONED)) {
      r->why = "nothing can signal the event any more";
      return NXS_ExecStatusErrorForEventsInWaitList;
    }
    pthread_cond_wait(&changed, &lock);
  }
  return NXS_Success;
}

static nxs_status perform_command(run *r, const step *at) {
  command *c = at->command;
  const publication *p = MUTANT(SNAPSHOT_LATE) ? c->published : at->published;
  nxs_status status = NXS_Success;
  const nxs_long begin = now();
  if (MUTANT(COMMAND_REMOVED) && c->base.handle < 0) return NXS_Success;
  if (MUTANT(LAUNCH_LOST_WITH_KERNEL) && c->kernel && c->kernel->base.handle < 0)
    return NXS_Success;
  if (MUTANT(COMMAND_LOSES_EVENT) && c->event && c->event->base.handle < 0) {
    r->why = "the event was released";
    return NXS_InvalidEvent;
  }
  if (MUTANT(CHECKED_WHILE_RUNNING) && check_command(c)) return check_command(c);
  if (c->type == NXS_CommandType_Dispatch) {
    ++kernels_busy;
    pthread_mutex_unlock(&lock);
    status = execute(c, p, &r->why);
    pthread_mutex_lock(&lock);
    --kernels_busy;
  } else if (c->type == NXS_CommandType_Signal) {
    if (!MUTANT(SIGNAL_COMMAND_IGNORED)) raise_event(c->event, at->value);
  } else {
    status = await(r, c->event, at->value);
  }
  if (r->timed || (c->settings & NXS_ExecutionSettings_Timing)) c->time = (timing){1, begin, now()};
  return status;
}

/* Marks the events that the rest of a run was to signal. */
static void mark_rest(const run *r, int from) {
  for (int i = from; i < r->count; ++i)
    if (r->steps[i].command->type == NXS_CommandType_Signal)
      mark_failed(r->steps[i].command->event, r->why);
}

static void perform(stream *s, run *r) {
  schedule *work = r->schedule;
  if (s->failure && r->blocking) {
    r->status = s->failure;
    r->why = s->why;
    s->failure = NXS_Success;
    work->status = NXS_EventStatus_Canceled;
    work->why = r->why;
    if (!MUTANT(DROPPED_NOT_MARKED)) mark_rest(r, 0);
    return;
  }
  if (!MUTANT(STATUS_HASTY)) work->status = NXS_EventStatus_Running;
  const nxs_long begin = now();
  nxs_status failed = NXS_Success;
  int i = 0;
  for (; r->status == NXS_Success && i < r->count && i < work->count; ++i) {
    r->status = perform_command(r, &r->steps[MUTANT(COMMANDS_REVERSED) ? r->count - 1 - i : i]);
    if (MUTANT(FAILURE_GOES_ON) && r->status) {
      failed = r->status;
      r->status = NXS_Success;
    }
  }
  if (r->status) mark_rest(r, i);
  if (failed) r->status = failed;
  if (r->timed) work->time = (timing){1, begin, now()};
  work->status =
      r->status && !MUTANT(FAILURE_HIDDEN) ? NXS_EventStatus_Error : NXS_EventStatus_Complete;
  work->why = r->why;
  if (r->status && !r->blocking && !s->failure && !MUTANT(FAILURE_FORGOTTEN)) {
    s->failure = r->status;
    s->why = r->why;
  }
  if (MUTANT(FAILURE_SUCCEEDS)) r->status = NXS_Success;
}

/* Takes a run off the list of those that are not over, and gives back what it kept. */
static void end_run(run *r) {
  r->over = 1;
  if (r->newer) r->newer->older = r->older;
  if (r->older) r->older->newer = r->newer;
  if (all_runs == r) all_runs = r->older;
  for (int i = 0; i < r->count; ++i) {
    drop_publication(r->steps[i].published);
    drop(&r->steps[i].command->base);
  }
  drop(&r->schedule->base);
  pthread_cond_broadcast(&changed);
}

static void *work_on(void *argument) {
  stream *s = argument;
  pthread_mutex_lock(&lock);
  for (;;) {
    while (!s->first && (!s->closed || MUTANT(THREADS_STAY))) pthread_cond_wait(&changed, &lock);
    run *r = s->first;
    if (!r) break;
    s->first = r->next;
    s->busy = 1;
    ++runs_busy;
    if (MUTANT(BLOCKING_RETURNS)) {
      static const struct timespec delay = {.tv_nsec = 100000000};
      pthread_mutex_unlock(&lock);
      nanosleep(&delay, NULL);
      pthread_mutex_lock(&lock);
    }
    perform(s, r);
    s->busy = 0;
    --runs_busy;
    end_run(r);
    if (!r->blocking) free(r);
  }
  drop(&s->base);
  pthread_mutex_unlock(&lock);
  return NULL;
}

/* Signals are the program's business: the thread takes none. */
static nxs_int start_thread(stream *s) {
  pthread_attr_t attributes;
  pthread_t thread;
  sigset_t all, before;
  sigfillset(&all);
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&thread, &attributes, work_on, s);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  if (error && !MUTANT(THREAD_FAILURE_IGNORED))
    return fail(NXS_OutOfResources, "there is no thread for the stream: %s", strerror(error));
  keep(&s->base);
  s->has_thread = 1;
  return NXS_Success;
}

/* The value that a command on an event has in the run of this number. */
static nxs_int value_of(const command *c, int number) {
  if (!(c->settings & NXS_EventCommandSettings_PerRun) && !MUTANT(VALUE_ALWAYS_PER_RUN))
    return c->value;
  if (c->type == NXS_CommandType_Dispatch || MUTANT(PER_RUN_IGNORED)) return c->value;
  if (c->type == NXS_CommandType_Wait && MUTANT(PER_RUN_WAIT_ABSOLUTE)) return c->value;
  return (nxs_int)((nxs_uint)c->value * (nxs_uint)number);
}

static int value_overflows(const command *c, int number) {
  nxs_int value;
  return c->type != NXS_CommandType_Dispatch && (c->settings & NXS_EventCommandSettings_PerRun) &&
         __builtin_mul_overflow(c->value, number, &value);
}

static nxs_int submit(stream *s, schedule *work, nxs_uint settings) {
  const int count = MUTANT(GROWTH_IGNORED) && work->runs ? work->first_count : work->count;
  run *r = calloc(1, sizeof *r + (size_t)count * sizeof(step));
  if (MUTANT(RUN_MEMORY_UNCHECKED)) r->next = NULL;
  if (!r) return fail(NXS_OutOfHostMemory, "there is no memory for a run");
  if (!s->has_thread && !(MUTANT(STREAMS_FEW) && live[STREAM] > 8)) {
    const nxs_int status = start_thread(s);
    if (status) {
      free(r);
      /* More than the C library keeps of a thread that has ended. */
      if (MUTANT(RUN_LEAKED)) last_freed = malloc(32768);
      return status;
    }
  }
  settings |= work->settings;
  r->schedule = keep(&work->base);
  r->count = work->first_count = count;
  for (int i = 0; i < count; ++i) {
    command *c = work->commands[i];
    r->steps[i] = (step){keep(&c->base), c->published, value_of(c, work->runs + 1)};
    if (c->published) c->published->references++;
  }
  r->number = ++runs_submitted;
  r->older = all_runs;
  if (all_runs) all_runs->newer = r;
  all_runs = r;
  r->blocking = !(settings & NXS_ExecutionSettings_NonBlocking) || MUTANT(NON_BLOCKING_BLOCKS);
  r->timed = (settings & NXS_ExecutionSettings_Timing) != 0;
  work->status = MUTANT(STATUS_HASTY) ? NXS_EventStatus_Complete : NXS_EventStatus_Submitted;
  work->runs++;
  if (MUTANT(BLOCKING_OVERTAKES) && r->blocking) {
    perform(s, r);
    end_run(r);
    free(r);
    return NXS_Success;
  }
  if (MUTANT(STREAM_LAST_FIRST)) {
    r->next = s->first;
    s->first = r;
  } else if (s->first) {
    s->last->next = r;
  } else {
    s->first = r;
  }
  s->last = r;
  pthread_cond_broadcast(&changed);
  if (MUTANT(BLOCKING_RETURNS)) r->blocking = 0;
  if (!r->blocking) return NXS_Success;
  while (!r->over) pthread_cond_wait(&changed, &lock);
  const nxs_int status = r->status ? fail(r->status, "%s", r->why) : NXS_Success;
  free(r);
  return status;
}

static nxs_int run_schedule(nxs_int id, nxs_int stream_id, nxs_uint settings) {
  schedule *work = find(id, SCHEDULE);
  if (!work) return MUTANT(SCHEDULE_ANY) ? NXS_Success : NXS_InvalidSchedule;
  if (MUTANT(REFUSED_RUN_COUNTS) && settings & ~(nxs_uint)EXECUTION_SETTINGS) work->runs++;
  if (settings & ~(nxs_uint)EXECUTION_SETTINGS && !MUTANT(RUN_SETTINGS_UNCHECKED))
    return fail(NXS_InvalidValue, "settings %u are unknown", settings);
  const int is_default = MUTANT(NEGATIVE_STREAM_REFUSED) ? stream_id == -1 : stream_id < 0;
  stream *s = is_default ? &default_streams[work->base.device] : find(stream_id, STREAM);
  if (!s && MUTANT(STREAM_ANY)) s = default_streams;
  if (!s) return NXS_InvalidStream;
  if (s->base.device != work->base.device && !MUTANT(STREAM_OF_ANOTHER_DEVICE))
    return fail(NXS_InvalidStream, "the stream is one of another device");
  if (MUTANT(STREAMS_SHARED)) s = default_streams;
  if (MUTANT(RUNS_ONCE) && work->runs) return NXS_Success;
  if (work->runs && work->status <= NXS_EventStatus_Running) {
    if (MUTANT(PENDING_RUN_MERGED)) return NXS_Success;
    if (MUTANT(PENDING_RUN_REFUSED)) return NXS_InvalidOperation;
    if (MUTANT(BUSY_REFUSED) && !(settings & NXS_ExecutionSettings_NonBlocking))
      return NXS_OutOfResources;
  }
  if (MUTANT(DEFAULT_STREAM_REFUSED) && stream_id == -1) return NXS_InvalidStream;
  if (MUTANT(EMPTY_REFUSED) && work->count == 0)
    return fail(NXS_InvalidOperation, "the schedule is empty");
  for (int i = 0; i < work->count; ++i) {
    const nxs_int status =
        MUTANT(CHECKED_WHILE_RUNNING) ? NXS_Success : check_command(work->commands[i]);
    if (status) return status;
    if (value_overflows(work->commands[i], work->runs + 1) && !MUTANT(PER_RUN_OVERFLOWS))
      return fail(NXS_OutOfResources, "the value of an event in run %d exceeds its range",
                  work->runs + 1);
  }
  return submit(s, work, settings);
}

/* Properties. */
typedef struct {
  char bytes[768];
  size_t size;
} answer;

enum { ABSENT, UNMEASURED, GIVEN };
typedef int teller(const object *, nxs_uint property, answer *);

static int tell_text(answer *a, const char *text) {
  a->size = strlen(text) + (MUTANT(TEXT_UNTERMINATED) ? 0 : 1);
  memcpy(a->bytes, text, a->size);
  return GIVEN;
}

static int tell_int(answer *a, nxs_long value) {
  memcpy(a->bytes + a->size, &value, sizeof value);
  a->size += sizeof value;
  return GIVEN;
}

static int tell_float(answer *a, nxs_double value) {
  memcpy(a->bytes, &value, a->size = sizeof value);
  return GIVEN;
}

static void tell_next(answer *a, const char *text) {
  a->size += (size_t)snprintf(a->bytes + a->size, sizeof a->bytes - a->size, "%s", text) + 1;
}

static int tell_end(answer *a) {
  a->bytes[a->size++] = 0;
  return GIVEN;
}

static int tell_time(const timing *t, nxs_uint property, answer *a) {
  if (!t->measured && !MUTANT(TIME_UNMEASURED_TOLD)) return UNMEASURED;
  if (property == NP_TimeStamp) return tell_int(a, t->start);
  return tell_float(a, (nxs_double)(t->end - t->start) / 1e6);
}

static const struct {
  const char *name;
  nxs_uint bits;
} kTypes[] = {{"Undefined", 8}, {"F32", 32}, {"F16", 16}, {"BF16", 16}, {"F8", 8},
              {"BF8", 8},       {"F4", 4},   {"BF4", 4},  {"I32", 32},  {"U32", 32},
              {"I16", 16},      {"U16", 16}, {"I8", 8},   {"U8", 8},    {"I4", 4},
              {"U4", 4},        {"F64", 64}, {"I64", 64}, {"U64", 64},  {"Bool", 8}};

static int tell_runtime(const object *none, nxs_uint property, answer *a) {
  (void)none;
  switch (property) {
    case NP_Name:
      return tell_text(a, MUTANT(TEXT_NOT_UTF8) ? "r\xe9"
                                                  "f"
                                                : "reference");
    case NP_Size: return tell_int(a, MUTANT(DEVICES_MISCOUNTED) ? DEVICES + 1 : DEVICES);
    case NP_MajorVersion: return tell_int(a, NXS_API_VERSION_MAJOR);
    case NP_MinorVersion: return tell_int(a, NXS_API_VERSION_MINOR);
    case NP_LiveObjects:
      for (int kind = 0; kind < KINDS; ++kind) tell_int(a, live[kind]);
      return GIVEN;
    default: return ABSENT;
  }
}

static int tell_device(const object *device, nxs_uint property, answer *a) {
  static nxs_long asked;
  switch (property) {
    case NP_Name: return tell_text(a, "Reference device");
    case NP_Type: return tell_text(a, "cpu");
    case NP_ID: return tell_int(a, device->device);
    case NP_Vendor: return tell_text(a, "nexus");
    case NP_Architecture: return tell_text(a, "reference");
    case NP_Count: return tell_int(a, MUTANT(PROPERTY_UNSTABLE) ? ++asked : 1);
    case NP_GlobalMemorySize: return tell_int(a, (nxs_long)MAX_MEMORY);
    case NP_MaxThreadsPerBlock: return tell_int(a, MAX_GROUP);
    case NP_MaxThreadgroupMemorySize: return tell_int(a, MAX_SHARED);
    case NP_MaxBufferSize: return tell_int(a, (nxs_long)MAX_BUFFER);
    case NP_UnifiedMemory:
    case NP_PromptMemory: return tell_int(a, 1);
    case NP_Record:
      return tell_text(a, MUTANT(RECORD_NO_OBJECT) ? "[]" : "{\"Name\": \"Reference device\"}");
    case NP_DataTypes:
      for (int type = NXS_DataType_F32; type <= NXS_DataType_Bool; ++type)
        tell_next(a, kTypes[type].name);
      return tell_end(a);
    default: return ABSENT;
  }
}

static int tell_buffer(const object *o, nxs_uint property, answer *a) {
  const buffer *b = (const buffer *)o;
  switch (property) {
    case NP_Size: return tell_int(a, (nxs_long)b->size);
    case NP_Rank:
      tell_int(a, b->layout.rank);
      if (MUTANT(INT_OF_FOUR_BYTES)) a->size = 4;
      return GIVEN;
    case NP_Value: return tell_int(a, (nxs_long)(intptr_t)b->data);
    case NP_DataType: return tell_text(a, kTypes[b->layout.data_type].name);
    case NP_Shape:
      for (nxs_uint d = 0; d < b->layout.rank; ++d) tell_int(a, (nxs_long)b->layout.dim[d]);
      return GIVEN;
    default: return ABSENT;
  }
}

static int tell_library(const object *o, nxs_uint property, answer *a) {
  const library *l = (const library *)o;
  switch (property) {
    case NP_Type: return tell_text(a, "reference");
    case NP_Count: return tell_int(a, __builtin_popcount(l->codes));
    case NP_SubUnitType: return tell_text(a, "kernel");
    case NP_SubUnits:
      for (int i = 0; i < CODES; ++i)
        if (l->codes >> i & 1) tell_next(a, kCodes[i].name);
      return tell_end(a);
    default: return ABSENT;
  }
}

static int tell_kernel(const object *o, nxs_uint property, answer *a) {
  const kernel_code *code = ((const kernel *)o)->code;
  switch (property) {
    case NP_Name: return tell_text(a, code->name);
    case NP_Count: return tell_int(a, code->count);
    case NP_MaxThreadsPerThreadgroup: return tell_int(a, MAX_GROUP);
    case NP_Arguments:
      for (int i = 0; i < code->count; ++i) tell_int(a, code->parameters[i].kind);
      return GIVEN;
    case NP_DataTypes:
      for (int i = 0; i < code->count; ++i) tell_next(a, kTypes[code->parameters[i].type].name);
      return tell_end(a);
    case NP_ArgumentNames:
      for (int i = MUTANT(ARGUMENT_NAMES_FEW); i < code->count; ++i)
        tell_next(a, kArgumentNames[code - kCodes][i]);
      return tell_end(a);
    default: return ABSENT;
  }
}

static int tell_event(const object *o, nxs_uint property, answer *a) {
  static const char *const names[] = {"Shared", "Signal", "Fence"};
  const event *e = (const event *)o;
  switch (property) {
    case NP_Type: return tell_text(a, names[e->type]);
    case NP_Value: return tell_int(a, e->value);
    case NP_Status:
      if (!e->failed || MUTANT(MARK_NOT_TOLD)) return tell_text(a, "Complete");
      a->size = 1 + (size_t)snprintf(a->bytes, sizeof a->bytes, "Error: %s", e->why);
      return GIVEN;
    default: return ABSENT;
  }
}

static int tell_stream(const object *o, nxs_uint property, answer *a) {
  const stream *s = (const stream *)o;
  if (property != NP_Status) return ABSENT;
  return tell_text(a, s->busy || s->first ? "Running" : "Complete");
}

static int tell_schedule(const object *o, nxs_uint property, answer *a) {
  static const char *const names[] = {"Submitted", "Running", "Complete", "Error", "Canceled"};
  const schedule *s = (const schedule *)o;
  switch (property) {
    case NP_Count: return tell_int(a, s->count);
    case NP_Status:
      if (s->runs == 0) return tell_text(a, "Created");
      a->size = 1 + (size_t)snprintf(a->bytes, sizeof a->bytes, "%s%s%s", names[s->status],
                                     s->why ? ": " : "", s->why ? s->why : "");
      return GIVEN;
    case NP_TimeStamp:
    case NP_ElapsedTime: return tell_time(&s->time, property, a);
    default: return ABSENT;
  }
}

static int tell_command(const object *o, nxs_uint property, answer *a) {
  static const char *const names[] = {"Dispatch", "Signal", "Wait"};
  const command *c = (const command *)o;
  switch (property) {
    case NP_Type: return tell_text(a, names[c->type]);
    case NP_Name: return c->kernel ? tell_text(a, c->kernel->code->name) : ABSENT;
    case NP_Value: return c->event ? tell_int(a, c->value) : ABSENT;
    case NP_Arguments:
      for (int i = 0; c->kernel && i < c->kernel->code->count; ++i)
        tell_int(a, c->arguments[i].buffer ? c->arguments[i].handle : -1);
      return c->kernel ? GIVEN : ABSENT;
    case NP_TimeStamp:
    case NP_ElapsedTime: return tell_time(&c->time, property, a);
    default: return ABSENT;
  }
}

static nxs_int give(const answer *a, void *value, size_t *size) {
  const size_t capacity = *size;
  if (!value || capacity >= a->size || !MUTANT(SHORT_SIZE_NOT_TOLD)) *size = a->size;
  if (MUTANT(SIZE_QUERY_REFUSED) && !value) return fail(NXS_InvalidArgValue, "there is no value");
  if (MUTANT(SIZE_QUERY_WRONG) && !value) *size = a->size / 2;
  if (!value) return NXS_Success;
  if (MUTANT(ZERO_SIZE_WRITES) && capacity == 0) *(char *)value = 0;
  if (capacity < a->size) {
    if (MUTANT(SHORT_WRITES)) memcpy(value, a->bytes, capacity);
    if (MUTANT(SHORT_SUCCEEDS)) return NXS_Success;
    return fail(NXS_InvalidArgSize, "the value has %zu bytes, and there is room for %zu", a->size,
                capacity);
  }
  if (MUTANT(SIZE_LEFT_AT_CAPACITY)) *size = capacity;
  if (MUTANT(EXACT_REFUSED) && capacity == a->size)
    return fail(NXS_InvalidArgSize, "the value needs more room");
  memcpy(value, a->bytes, a->size + (MUTANT(VALUE_OVERRUNS) ? 1 : 0));
  if (MUTANT(REST_ZEROED)) memset((char *)value + a->size, 0, capacity - a->size);
  return NXS_Success;
}

static int tell_keys(teller *tell, const object *o, answer *a) {
  for (nxs_uint key = 0; key < NXS_PROPERTY_CNT; ++key) {
    answer other = {.size = 0};
    if (key == NP_Keys || tell(o, key, &other) == GIVEN)
      if (!(MUTANT(KEYS_MISS_ONE) && key == NP_Name)) tell_int(a, key);
  }
  return MUTANT(KEYS_HAVE_MORE) ? tell_int(a, NP_MaxPower) : GIVEN;
}

static nxs_int query(teller *tell, const object *o, nxs_uint property, void *value, size_t *size) {
  answer a = {.size = 0};
  if (MUTANT(NULL_SIZE_CRASHES) && !size) return (nxs_int) * (volatile size_t *)size;
  if (MUTANT(NULLS_SUCCEED) && !size && !value) return NXS_Success;
  if (!size && !value) return fail(NXS_InvalidArgValue, "value and size are NULL");
  if (!size) return fail(NXS_InvalidArgSize, "the size is NULL");
  if (MUTANT(GETTER_COUNTS) && property == NP_Size) ++live[BUFFER];
  const int told = property == NP_Keys ? tell_keys(tell, o, &a) : tell(o, property, &a);
  if (told == GIVEN || (MUTANT(UNKNOWN_PROPERTY_SUCCEEDS) && told == ABSENT))
    return give(&a, value, size);

  if (told == UNMEASURED) return fail(NXS_ProfilingInfoNotAvailable, "no run was measured");
  return fail(NXS_InvalidProperty, "the object has no property %u", property);
}

/* Lets a function wait, that must not, for work that is under way. */
static void wait_for_work(int waits) {
  while (waits && (runs_busy || all_runs)) pthread_cond_wait(&changed, &lock);
}

static nxs_int query_object(nxs_int handle, object_kind kind, nxs_uint property, void *value,
                            size_t *size) {
  static teller *const tellers[] = {tell_buffer, tell_library,  tell_kernel, tell_event,
                                    tell_stream, tell_schedule, tell_command};
  wait_for_work(MUTANT(GETTER_WAITS));
  const object *o = find(handle, kind);
  if (!o && MUTANT(FAILURE_WRITES) && size) *size = 0;
  if (!o) return MUTANT(GETTER_STATUS) ? NXS_InvalidObject : (nxs_int)kKinds[kind].invalid;
  return query(tellers[kind], o, property, value, size);
}

/* Buffers. */
static nxs_int check_device(nxs_int device, object_kind kind) {
  static const int unchecked[] = {
      [BUFFER] = MUTANT(BUFFER_DEVICE_UNCHECKED),     [LIBRARY] = MUTANT(LIBRARY_DEVICE_UNCHECKED),
      [EVENT] = MUTANT(EVENT_DEVICE_UNCHECKED),       [STREAM] = MUTANT(STREAM_DEVICE_UNCHECKED),
      [SCHEDULE] = MUTANT(SCHEDULE_DEVICE_UNCHECKED), [KINDS] = MUTANT(DEVICE_UNCHECKED)};
  if ((device >= 0 && device < DEVICES) || unchecked[kind]) return NXS_Success;
  if (MUTANT(DEVICE_COUNT_ACCEPTED) && device == DEVICES) return NXS_Success;
  return fail(NXS_InvalidDevice, "there are %d devices, and there is no %d", DEVICES, device);
}

static nxs_int check_create(nxs_int device, object_kind kind, nxs_uint settings, nxs_uint known) {
  static const int unchecked[KINDS] = {[BUFFER] = MUTANT(BUFFER_SETTINGS_UNCHECKED),
                                       [STREAM] = MUTANT(STREAM_SETTINGS_UNCHECKED),
                                       [SCHEDULE] = MUTANT(SCHEDULE_SETTINGS_UNCHECKED)};
  const nxs_int status = check_device(device, kind);
  if (status == NXS_Success && settings & ~known && !unchecked[kind])
    return fail(NXS_InvalidValue, "settings %u are unknown", settings);
  return status;
}

/* The bytes from the first element to the last; false where they cannot be counted. */
static int measure(const nxs_buffer_layout *layout, size_t *size) {
  nxs_ulong count = 1, strided = 0, step, bits;
  for (nxs_uint d = 0; d < layout->rank; ++d)
    strided |= MUTANT(STRIDES_IGNORED) ? 0 : layout->stride[d];
  for (nxs_uint d = 0; d < layout->rank; ++d)
    if (layout->dim[d] == 0) {
      *size = 0;
      return 1;
    }
  int overflow = 0;
  for (nxs_uint d = 0; d < layout->rank; ++d)
    if (strided)
      overflow |= __builtin_mul_overflow(layout->dim[d] - 1, layout->stride[d], &step) ||
                  __builtin_add_overflow(count, step, &count);
    else
      overflow |= __builtin_mul_overflow(count, layout->dim[d], &count);
  overflow |= __builtin_mul_overflow(
      count,
      (nxs_ulong)kTypes[MUTANT(DATA_TYPE_UNCHECKED) ? layout->data_type % 20 : layout->data_type]
          .bits,
      &bits);
  *size = (size_t)(bits / 8 + (bits % 8 && !MUTANT(HALF_BYTE_LOST)));
  return !overflow || (strided ? MUTANT(STRIDES_OVERFLOW) : MUTANT(SIZE_OVERFLOWS));
}

static nxs_int create_buffer(nxs_int device, const nxs_buffer_layout *layout, void *host,
                             nxs_uint settings) {
  nxs_int status = check_create(device, BUFFER, settings, BUFFER_SETTINGS);
  wait_for_work(MUTANT(MEMORY_WAITS));
  if (status) return status;
  if ((layout->rank > NXS_MAX_DIMS && !MUTANT(RANK_UNCHECKED)) ||
      (layout->data_type > NXS_DataType_Bool && !MUTANT(DATA_TYPE_UNCHECKED)))
    return fail(NXS_InvalidValue, "the layout has rank %u and data type %u", layout->rank,
                layout->data_type);
  size_t size;
  if (!measure(layout, &size)) return fail(NXS_InvalidBufferSize, "the size overflows");
  if (MUTANT(FEW_BUFFERS)) {
    static int made;
    if (++made > 256) abort();
  }
  if (MUTANT(EMPTY_BUFFER_REFUSED) && size == 0)
    return fail(NXS_InvalidBufferSize, "the buffer is empty");
  const int wrap = host && (settings & NXS_BufferSettings_OnDevice);
  if (!wrap &&
      (size > MAX_BUFFER - (MUTANT(MAXIMUM_REFUSED) ? 1 : 0) || size > MAX_MEMORY - memory_used) &&
      !(MUTANT(MAXIMUM_UNCHECKED) && size <= 2 * MAX_BUFFER))
    return fail(NXS_MemObjectAllocationFailure, "there is no memory for %zu bytes", size);
  char *data = wrap || (MUTANT(HOST_MEMORY_KEPT) && host) ? host
               : MUTANT(OLD_BYTES) && size < LARGE        ? malloc(size + 1)
                                                          : allocate(size);

  if (!data) return fail(NXS_MemObjectAllocationFailure, "there is no memory for %zu bytes", size);
  buffer *b = create(BUFFER, device, NULL, &status);
  if (!b) {
    if (!wrap && data != host && !MUTANT(ERROR_LEAKS)) give_back(data, size);
    return MUTANT(ALLOCATION_STATUS) ? NXS_InvalidValue : status;
  }
  if (host && !wrap && data != host)
    memcpy(data, MUTANT(HOST_ALIGNED_DOWN) ? (void *)((uintptr_t)host & ~(uintptr_t)7) : host,
           size + (MUTANT(HOST_OVERREAD) ? 1 : 0));
  *b = (buffer){b->base, *layout, size, data, wrap || data == host};
  if (!b->wrapped) memory_used += size;
  last_buffer = b;
  if (MUTANT(HANDLE_RACES)) {
    last_handle = status;
    let_others_in();
    return last_handle;
  }
  return status;
}

static int uses(const run *r, const buffer *b) {
  if (MUTANT(LAUNCH_UNCOUNTED) && r->schedule->base.handle < 0) return 0;
  for (int i = 0; i < r->count; ++i)
    for (int a = 0; r->steps[i].published && a < MAX_PARAMETERS; ++a)
      if (r->steps[i].published->arguments[a].buffer == b) return 1;
  return 0;
}

/* Waits for all runs that were submitted before and use the buffer. */
static void wait_for_users(const buffer *b) {
  const nxs_ulong last = runs_submitted;
  for (const run *r = all_runs; r;) {
    const int started = r->schedule->status == NXS_EventStatus_Running;
    if (r->number > last || !(uses(r, b) || MUTANT(COPY_WAITS_FOR_ALL)) ||
        (MUTANT(COPY_MISSES_QUEUED) && !started)) {
      r = r->older;
      continue;
    }
    pthread_cond_wait(&changed, &lock);
    r = all_runs;
  }
}

static nxs_int copy_buffer(nxs_int id, char *host, nxs_uint direction) {
  buffer *b = find(id, BUFFER);
  if (!b) return MUTANT(RELEASED_COPIES) && id > 0 ? NXS_Success : NXS_InvalidBuffer;
  if (direction > 1 && !MUTANT(DIRECTION_UNCHECKED))
    return fail(NXS_InvalidValue, "there is no direction %u", direction);
  if (b->size == 0) return NXS_Success;
  if (!host && !MUTANT(HOST_NULL_CRASHES)) return fail(NXS_InvalidHostPtr, "the pointer is NULL");
  keep(&b->base);
  if (direction != NXS_BufferDeviceToHost ? !MUTANT(COPY_IN_UNORDERED) : !MUTANT(COPY_UNORDERED))
    wait_for_users(b);
  for (size_t at = 0; b == late_buffer && at < b->size; at += 4)
    memcpy(b->data + at, late_pattern, 4);
  if (b == late_buffer) late_buffer = NULL;
  if (direction != NXS_BufferDeviceToHost && !MUTANT(DIRECTION_IGNORED))
    memcpy(b->data, host, b->size - (MUTANT(COPY_SHORT) ? 1 : 0));
  else
    memcpy(host, b->data, b->size + (MUTANT(COPY_OVERRUNS) ? 1 : 0));
  drop(&b->base);
  return NXS_Success;
}

static nxs_int fill_buffer(nxs_int id, const void *value, nxs_uint size) {
  buffer *b = find(id, BUFFER);
  if (!b) return NXS_InvalidBuffer;
  if (!value && !MUTANT(PATTERN_NULL_CRASHES))
    return fail(NXS_InvalidArgValue, "the pattern is NULL");
  if (size == 0 ? !MUTANT(PATTERN_EMPTY_CRASHES) : b->size % size && !MUTANT(PATTERN_UNEVEN))
    return fail(NXS_InvalidArgSize, "a pattern of %u bytes does not fit %zu", size, b->size);
  if (size == 0 || b->size % size) return (nxs_int)(0 * (b->size / size));
  if (b->size == 0) return NXS_Success;
  if (MUTANT(FILL_LATE) && size == 4) {
    late_buffer = b;
    memcpy(late_pattern, value, 4);
    return NXS_Success;
  }
  /* A copy, since the pattern may lie within the buffer. */
  char *copy = malloc(size);
  if (!copy)
    return fail(MUTANT(FILL_FAILURE_STATUS) ? NXS_InvalidValue : NXS_OutOfHostMemory,
                "there is no memory for a pattern of %u bytes", size);
  value = memcpy(copy, value, size);
  keep(&b->base);
  if (!MUTANT(FILL_UNORDERED)) wait_for_users(b);
  for (size_t at = MUTANT(FILL_RACES)          ? b->size
                   : MUTANT(FILL_MISSES_FIRST) ? size
                                               : 0;
       at < b->size; at += size) {
    memcpy(b->data + at, value, MUTANT(FILL_FOUR_BYTES) && size > 4 ? 4 : size);
  }
  for (int half = 0; MUTANT(FILL_RACES) && half < 2; ++half) {
    static const struct timespec pause = {.tv_nsec = 100000};
    const int second = half ^ (*(const char *)value & 1);
    memset(b->data + (second ? b->size / 2 : 0), *(const char *)value, b->size / 2);
    pthread_mutex_unlock(&lock);
    nanosleep(&pause, NULL);
    pthread_mutex_lock(&lock);
  }
  if (MUTANT(FILL_FILLS_ANOTHER) && last_buffer && last_buffer->size == b->size)
    memcpy(last_buffer->data, b->data, b->size);
  drop(&b->base);
  free(copy);
  return NXS_Success;
}

/* Libraries and kernels. */
static int code_named(const char *name, size_t size) {
  for (int i = 0; i < CODES; ++i)
    if ((size == strlen(kCodes[i].name) || (MUTANT(NAME_PREFIX_MATCHES) && size > 0)) &&
        memcmp(name, kCodes[i].name, size) == 0)
      return i;
  return -1;
}

static nxs_int create_library(nxs_int device, const char *text, nxs_uint size) {
  static const char magic[] = "REFERENCE";
  nxs_int status = check_device(device, LIBRARY);
  if (status) return status;
  if ((!text && !MUTANT(IMAGE_NULL_CRASHES)) || size == 0)
    return fail(NXS_InvalidValue, "the library has no bytes");
  if (MUTANT(IMAGE_READ_BEHIND)) status = ((const volatile char *)text)[size] & 0;
  if (MUTANT(LARGER_IMAGE_CRASHES) && size > 512) abort();
  size_t end = MUTANT(IMAGE_OVERREAD) ? strlen(text) : size, at = sizeof magic - 1;
  while (end > 0 && text[end - 1] == 0) --end;
  if (end < at || memcmp(text, magic, at) != 0) {
    if (!MUTANT(MAGIC_UNCHECKED)) return fail(NXS_InvalidBinary, "the image has no magic");
    end = at = 0;
  }
  nxs_uint codes = 0;
  while (at < end) {
    if (text[at++] != ' ') return fail(NXS_InvalidBinary, "the image is damaged");
    const size_t begin = at;
    while (at < end && text[at] != ' ') ++at;
    const int code = code_named(text + begin, at - begin);
    if (code < 0 && (at == end ? MUTANT(TRUNCATED_CRASHES) : MUTANT(BIT_FLIP_CRASHES))) abort();
    if (code < 0) return fail(NXS_InvalidBinary, "the image has an unknown kernel");
    codes |= 1u << code;
  }
  if (MUTANT(LIBRARY_SHARED) && last_library && last_library->base.handle >= 0)
    return last_library->base.handle;
  library *l = create(LIBRARY, device, NULL, &status);
  if (l) *(last_library = l) = (library){l->base, codes, text};
  return status;
}

static nxs_int create_library_from_file(nxs_int device, const char *path) {
  char text[256];
  struct stat kind;
  nxs_int status = check_device(device, LIBRARY);
  if (status) return status;
  if (!path && !MUTANT(PATH_NULL_CRASHES)) return fail(NXS_InvalidValue, "the path is NULL");
  if (MUTANT(PATH_NULL_CRASHES)) status = *(const volatile char *)path & 0;
  for (const char *c = path; MUTANT(PATH_ASCII_ONLY) && *c; ++c)
    if (*c & 0x80) return fail(NXS_InvalidValue, "the path is not in ASCII");
  /* Opening a FIFO without a writer would block. */
  const int file = open(path, O_RDONLY | O_CLOEXEC | (MUTANT(FIFO_HANGS) ? 0 : O_NONBLOCK));
  if (file < 0) {
    if (MUTANT(MISSING_FILE_CRASHES)) abort();
    return fail(NXS_InvalidValue, "'%.200s' cannot be opened", path);
  }
  const int regular = fstat(file, &kind) == 0 && S_ISREG(kind.st_mode);
  const ssize_t size = regular || MUTANT(FIFO_HANGS)
                           ? read(file, text, MUTANT(FILE_READ_SHORT) ? 12 : sizeof text)
                           : -1;
  close(file);
  if (size < 0 && MUTANT(DIRECTORY_ACCEPTED)) return create_library(device, "REFERENCE", 9);
  if (size < 0) return fail(NXS_InvalidValue, "'%.200s' is no readable regular file", path);
  if (size == 0 && MUTANT(EMPTY_FILE_CRASHES)) abort();
  if (size == 0) return fail(NXS_InvalidBinary, "'%.200s' is empty", path);
  return create_library(device, text, (nxs_uint)size);
}

static nxs_int get_kernel(nxs_int id, const char *name) {
  library *l = find(id, LIBRARY);
  if (!l) return NXS_InvalidLibrary;
  if (!name && !MUTANT(NAME_NULL_CRASHES)) return fail(NXS_InvalidKernelName, "the name is NULL");
  if (MUTANT(IMAGE_KEPT) && memcmp(l->late, "REFERENCE", 9) != 0) return NXS_InvalidLibrary;

  if (MUTANT(NAME_LONG_OVERRUNS)) {
    char copy[64];
    char *volatile to = copy;
    strcpy(to, name);
  }
  int code = code_named(name, strlen(name));
  if (MUTANT(NAME_EMPTY_ACCEPTED) && !*name) code = 0;
  if (code < 0 || !(l->codes >> code & 1)) {
    if (!MUTANT(NAME_UNKNOWN_ACCEPTED) || !*name)
      return fail(NXS_InvalidKernelName,
                  "there is no kernel '%.100s'; there are add, fill, barrier, endless", name);
    code = 0;
  }
  if (MUTANT(KERNEL_SAME_HANDLE))
    for (object *o = l->base.children; o; o = o->next)
      if (((kernel *)o)->code == &kCodes[code]) return o->handle;
  nxs_int handle;
  kernel *k = create(KERNEL, l->base.device, &l->base, &handle);
  if (!k) return handle;
  k->code = &kCodes[code];
  k->library = keep(&l->base);
  return handle;
}

/* Events. */
static nxs_int create_event(nxs_int device, const nxs_event_type *type) {
  nxs_int status = check_device(device, EVENT);
  nxs_uint number;
  if (status) return status;
  memcpy(&number, type, sizeof number);
  if (MUTANT(EVENT_TYPE_UNCHECKED) && number > NXS_EventType_Fence) number = 0;
  if (number > NXS_EventType_Fence) return fail(NXS_InvalidValue, "there is no type %u", number);
  event *e = create(EVENT, device, NULL, &status);
  if (e) e->type = (nxs_event_type)number;
  if (e && MUTANT(EVENT_STARTS_AT_ONE)) e->value = 1;
  return status;
}

static nxs_int signal_event(nxs_int id, nxs_int value) {
  event *e = find(id, EVENT);
  if (!e) return NXS_InvalidEvent;
  raise_event(e, MUTANT(EVENT_ADDS) ? (nxs_int)((nxs_uint)e->value + (nxs_uint)value) : value);
  return NXS_Success;
}

static int reached(const event *e, nxs_int value) {
  if (MUTANT(WAIT_SUBTRACTS)) return (nxs_int)((nxs_uint)e->value - (nxs_uint)value) >= 0;
  return MUTANT(WAIT_WANTS_MORE) ? e->value > value : e->value >= value;
}

/* Whether work that was to signal the event failed: before a wait, or since it began. */
static int has_failed(const event *e, int marks, int before) {
  if (MUTANT(WAIT_MISSES_FAILURE)) return 0;
  return MUTANT(PENDING_WAIT_MISSES_FAILURE) ? before : e->marks != marks;
}

/* Waits until the time on the monotonic clock; NULL is for ever. */
static nxs_int wait_event(nxs_int id, nxs_int value, const struct timespec *end) {
  event *e = find(id, EVENT);
  if (!e) return NXS_InvalidEvent;
  keep(&e->base);
  const int before = e->failed, marks = e->marks - before;
  int late = MUTANT(TIMEOUT_OVERFLOWS) && end && end->tv_sec > 1000000000;
  if (MUTANT(WAIT_MISSES_PAST)) pthread_cond_wait(&changed, &lock);
  while (!reached(e, value) && !late) {
    if (has_failed(e, marks, before) || (is_abandoned(e) && !MUTANT(WAIT_ABANDONED))) break;
    if (MUTANT(INTERRUPT_ENDS_WAIT)) {
      static const struct timespec pause = {.tv_nsec = 2000000};
      pthread_mutex_unlock(&lock);
      late = nanosleep(&pause, NULL) != 0;
      pthread_mutex_lock(&lock);
    } else if (MUTANT(WAKE_UP_MISSED)) {
      let_others_in();
      pthread_cond_wait(&changed, &lock);
    } else if (MUTANT(TIMEOUT_IGNORED) || !end) {
      pthread_cond_wait(&changed, &lock);
    } else {
      late = pthread_cond_timedwait(&changed, &lock, end) == ETIMEDOUT;
    }
    if (MUTANT(WAIT_ENDS_EARLY)) break;
  }
  const int failed = has_failed(e, marks, before);
  const int abandoned = is_abandoned(e) && !MUTANT(WAIT_ABANDONED);
  const int met = (reached(e, value) && !(failed && MUTANT(FAILURE_FAILS_REACHED))) ||
                  MUTANT(TIMEOUT_SUCCEEDS) || MUTANT(WAIT_ENDS_EARLY);
  const char *why = e->why;
  const nxs_int now_at = e->value;
  drop(&e->base);
  if (!met && failed)
    return fail(NXS_ExecStatusErrorForEventsInWaitList,
                "work that was to signal the event failed: %s", why);
  if (!met && abandoned)
    return fail(NXS_ExecStatusErrorForEventsInWaitList, "nothing can signal the event any more");
  return met ? NXS_Success
             : fail(NXS_Timeout, "the counter is %d and did not reach %d", now_at, value);
}

static nxs_int wait_event_timeout(nxs_int id, nxs_int value, nxs_ulong timeout) {
  if (MUTANT(ZERO_TIMEOUT_WAITS) && timeout == 0) timeout = 60000000000;
  const nxs_ulong for_ever = (nxs_ulong)1 << 62;
  struct timespec end;
  clock_gettime(CLOCK_MONOTONIC, &end);
  if (MUTANT(TIMEOUT_IN_MICROSECONDS))
    timeout = timeout < for_ever / 1000 ? timeout * 1000 : timeout;
  const nxs_ulong ns = (nxs_ulong)end.tv_nsec + timeout % 1000000000;
  end.tv_sec += (time_t)(timeout / 1000000000 + ns / 1000000000);
  end.tv_nsec = (long)(ns % 1000000000);
  return wait_event(id, value, timeout < for_ever || MUTANT(TIMEOUT_OVERFLOWS) ? &end : NULL);
}

/* Streams, schedules and commands. */
static nxs_int create_stream(nxs_int device, nxs_uint settings) {
  nxs_int status = check_create(device, STREAM, settings, STREAM_SETTINGS);
  if (status) return status;
  stream *s = create(STREAM, device, NULL, &status);
  if (s) s->settings = settings;
  return status;
}

static nxs_int create_schedule(nxs_int device, nxs_uint settings) {
  nxs_int status = check_create(device, SCHEDULE, settings, EXECUTION_SETTINGS);
  if (status) return status;
  schedule *s = create(SCHEDULE, device, NULL, &status);
  if (s) s->settings = settings;
  return status;
}

static nxs_int create_command(nxs_command_type type, nxs_int schedule_id, nxs_int used_id,
                              nxs_int value, nxs_uint settings) {
  const object_kind kind = type == NXS_CommandType_Dispatch ? KERNEL : EVENT;
  schedule *s = find(schedule_id, SCHEDULE);
  if (!s) return NXS_InvalidSchedule;
  object *used = find(used_id, kind);
  if (!used) return kKinds[kind].invalid;
  if (kind == KERNEL && used->device != s->base.device && !MUTANT(KERNEL_OF_ANOTHER_DEVICE))
    return fail(NXS_InvalidKernel, "the kernel is one of another device");
  const nxs_uint known = kind == KERNEL                     ? EXECUTION_SETTINGS
                         : MUTANT(EVENT_SETTINGS_UNCHECKED) ? EXECUTION_SETTINGS
                                                            : EVENT_COMMAND_SETTINGS;
  if (settings & ~known && !MUTANT(COMMAND_SETTINGS_UNCHECKED)) {
    if (MUTANT(ERROR_LEAVES_OBJECT)) create(EVENT, 0, NULL, &value);
    return fail(NXS_InvalidValue, "settings %u are unknown", settings);
  }
  if (kind == EVENT && settings & NXS_EventCommandSettings_PerRun && value <= 0 &&
      !MUTANT(PER_RUN_ZERO_ACCEPTED))
    return fail(NXS_InvalidValue, "the value per run is %d, and not positive", value);
  if (s->count == s->capacity) {
    const int capacity = 2 * s->capacity + 4;
    command **more = realloc(s->commands, (size_t)capacity * sizeof(command *));
    if (!more) return fail(NXS_OutOfHostMemory, "there is no memory for a longer schedule");
    s->commands = more;
    s->capacity = capacity;
  }
  nxs_int handle;

  command *c = create(COMMAND, s->base.device, &s->base, &handle);
  if (!c && MUTANT(COMMAND_FAILURE_STATUS)) return NXS_InvalidKernel;
  if (!c) return handle;
  c->arguments = kUnset;
  c->type = type;
  c->settings = settings;
  c->value = value;
  keep(used);
  if (kind == KERNEL)
    c->kernel = (kernel *)used;
  else
    c->event = (event *)used;
  if (type == NXS_CommandType_Signal) c->event->signalers++;
  s->commands[s->count++] = keep(&c->base);
  return handle;
}

static nxs_int check_change(const command *c, nxs_int index) {
  if (c->type != NXS_CommandType_Dispatch)
    return MUTANT(EVENT_COMMAND_CHANGES) ? NXS_InvalidArgIndex
                                         : fail(NXS_InvalidOperation, "the command runs no kernel");
  if (c->published && MUTANT(CHANGE_REFUSED))
    return fail(NXS_InvalidOperation, "the command is finalized");
  if (MUTANT(INDEX_NEGATIVE_ACCEPTED) && index < 0) return NXS_Success;
  if (MUTANT(INDEX_OFF_BY_ONE) && index == NXS_KERNEL_MAX_ARGS) return NXS_Success;
  if (index < 0 || index >= c->kernel->code->count)
    return fail(NXS_InvalidArgIndex, "kernel %s has %d arguments, and none of index %d",
                c->kernel->code->name, c->kernel->code->count, index);
  return NXS_Success;
}

static nxs_int set_argument(command *c, nxs_int index, argument value) {
  if (c->arguments == kUnset) {
    argument *room = calloc(MAX_PARAMETERS, sizeof *room);
    if (!room && !MUTANT(ARGUMENT_MEMORY_UNCHECKED))
      return fail(NXS_OutOfHostMemory, "there is no memory for the arguments of a command");
    c->arguments = room;
  }
  if (value.buffer) keep(&value.buffer->base);
  argument *a = &c->arguments[index & (MAX_PARAMETERS - 1)];
  if (MUTANT(ARGUMENT_NOT_REPLACED) && a->set) {
    drop((object *)value.buffer);
    return NXS_Success;
  }
  drop((object *)a->buffer);
  *a = value;
  c->stale = 1;
  return NXS_Success;
}

static nxs_int set_command_argument(nxs_int id, nxs_int index, nxs_int buffer_id,
                                    const char *name) {
  command *c = find(id, COMMAND);
  if (!c) return NXS_InvalidCommand;
  if (MUTANT(ARGUMENT_NAME_NULL_CRASHES) && strlen(name) == 0) return NXS_Success;
  const nxs_int status = check_change(c, index);
  buffer *b = find(buffer_id, BUFFER);
  if (MUTANT(ARGUMENT_SET_FIRST) && status == NXS_InvalidArgIndex && b)
    set_argument(c, index % c->kernel->code->count, (argument){1, b, buffer_id, {0}, NULL});
  if (status) return status;
  if (!b && MUTANT(ARGUMENT_LOST_ON_FAILURE)) set_argument(c, index, (argument){.handle = -1});
  if (!b) return NXS_InvalidBuffer;
  if (b->base.device != c->base.device && !MUTANT(BUFFER_OF_ANOTHER_DEVICE))
    return fail(NXS_InvalidBuffer, "the buffer is one of another device");

  if (index >= 0 && c->kernel->code->parameters[index & 3].kind == 2 &&
      !MUTANT(ARGUMENT_KIND_UNCHECKED))
    return fail(NXS_InvalidArgValue, "argument %d is a scalar", index);
  return set_argument(c, index, (argument){1, b, buffer_id, {0}, NULL});
}

static nxs_int set_command_scalar(nxs_int id, nxs_int index, const void *value, nxs_uint settings) {
  command *c = find(id, COMMAND);
  if (!c) return NXS_InvalidCommand;
  const nxs_int status = check_change(c, index);
  const nxs_uint type = settings & NXS_DataType_Mask;
  if (status) return status;
  if (!value && !MUTANT(SCALAR_NULL_CRASHES)) return fail(NXS_InvalidArgValue, "the value is NULL");
  if ((type == 0 || type > NXS_DataType_Bool || kTypes[type].bits % 8) &&
      !(MUTANT(SCALAR_TYPE_UNCHECKED) && type == NXS_DataType_I4))
    return fail(NXS_InvalidArgValue, "a scalar of type %u has no whole bytes", type);
  if (c->kernel->code->parameters[index & 3].kind != 2 && !MUTANT(ARGUMENT_KIND_UNCHECKED))
    return fail(NXS_InvalidArgValue, "argument %d is a buffer", index);
  if (kTypes[type].bits != 32 && !MUTANT(SCALAR_SIZE_UNCHECKED))
    return fail(NXS_InvalidArgSize, "argument %d has 4 bytes, and not %u", index,
                kTypes[type].bits / 8);
  argument a = {1, NULL, -1, {0}, MUTANT(SCALAR_READ_LATE) ? value : NULL};
  memcpy(a.scalar, value, MUTANT(SCALAR_OVERREAD) ? 8 : kTypes[type].bits / 8);
  return set_argument(c, index, a);
}

static nxs_int finalize_command(nxs_int id, nxs_dim3 grid, nxs_dim3 group, nxs_uint shared) {
  command *c = find(id, COMMAND);
  if (!c) return NXS_InvalidCommand;
  wait_for_work(MUTANT(FINALIZE_WAITS));
  if (c->type != NXS_CommandType_Dispatch || (c->published && MUTANT(FINALIZES_ONCE)))
    return fail(NXS_InvalidOperation, "the command does not run a kernel");
  nxs_ulong items = (nxs_ulong)group.x * group.y, all;
  const int many = MUTANT(GROUP_OVERFLOWS)
                       ? group.x * group.y * group.z > MAX_GROUP
                       : __builtin_mul_overflow(items, group.z, &items) || items > MAX_GROUP;

  if (MUTANT(REFUSED_SIZE_UNPUBLISHES)) c->stale = 1;
  if (MUTANT(REFUSED_IS_FINALIZED)) {
    c->published = calloc(1, sizeof *c->published);
    *c->published = (publication){1, {1, 1, 1}, {1, 1, 1}, {{0}}};
    memcpy(c->published->arguments, c->arguments, sizeof c->published->arguments);
    c->published->references = 1 << 20;
    c->stale = 0;
  }
  if (((!group.x || !group.y || !group.z) && !MUTANT(GROUP_ZERO_ACCEPTED)) ||
      (many && !MUTANT(GROUP_LARGE_ACCEPTED)))
    return fail(NXS_InvalidWorkGroupSize, "a group has 1 to %d items", MAX_GROUP);
  if ((!grid.x || !grid.y || !grid.z) && !MUTANT(GRID_ZERO_ACCEPTED))
    return fail(NXS_InvalidGlobalWorkSize, "the grid has no groups");
  if ((__builtin_mul_overflow((nxs_ulong)grid.x * grid.y, grid.z, &all) ||
       __builtin_mul_overflow(all, items, &all) || all > INT64_MAX) &&
      !MUTANT(GRID_OVERFLOWS))
    return fail(NXS_InvalidGlobalWorkSize, "the grid has more items than can be counted");
  if (shared > MAX_SHARED && !MUTANT(SHARED_UNCHECKED))
    return fail(NXS_OutOfResources, "a group has %d bytes of shared memory", MAX_SHARED);
  publication *p = malloc(sizeof *p);
  if (!p && !MUTANT(FINALIZE_MEMORY_UNCHECKED))
    return fail(NXS_OutOfHostMemory, "there is no memory for the size of a command");
  *p = (publication){.references = 1, .grid = grid, .group = group};
  memcpy(p->arguments, c->arguments, sizeof p->arguments);
  for (int i = 0; i < MAX_PARAMETERS; ++i)
    if (p->arguments[i].buffer) keep(&p->arguments[i].buffer->base);
  for (int i = 0; MUTANT(SNAPSHOT_LOSES_BUFFERS) && c->published && i < MAX_PARAMETERS; ++i) {
    const buffer *old = c->published->arguments[i].buffer;
    if (old && old->base.handle < 0) memset(old->data, 0xDD, old->size);
  }
  drop_publication(c->published);
  c->published = p;
  c->stale = 0;
  return NXS_Success;
}

/* Launches: each is a schedule of one command, whose handles only this function knows. */
static nxs_uint launch_type(const kernel_code *code, nxs_uint index, nxs_uint type) {
  const nxs_uint wanted = code->parameters[index % MAX_PARAMETERS].type;
  type &= NXS_DataType_Mask;
  if (type == NXS_DataType_Undefined) return MUTANT(LAUNCH_UNDEFINED_REFUSED) ? type : wanted;
  const int known = type <= NXS_DataType_Bool && kTypes[type].bits % 8 == 0;
  return known                           ? MUTANT(LAUNCH_SIZE_IGNORED) ? wanted : type
         : MUTANT(LAUNCH_TYPE_UNCHECKED) ? wanted
                                         : type;
}

static nxs_int set_launch_argument(nxs_int command_id, nxs_uint index,
                                   const nxs_launch_argument *given) {
  const command *c = find(command_id, COMMAND);
  const int is_scalar = given->value != NULL;
  const kernel_code *code = c->kernel->code;
  if (is_scalar && given->buffer_id != -1 && !MUTANT(LAUNCH_BOTH_ACCEPTED))
    return fail(NXS_InvalidArgValue, "argument %u has a value and the buffer %d", index,
                given->buffer_id);
  if (MUTANT(LAUNCH_KIND_UNCHECKED) && index < (nxs_uint)code->count &&
      is_scalar != (code->parameters[index].kind == 2))
    return NXS_Success;
  if (is_scalar)
    return set_command_scalar(command_id, (nxs_int)index, given->value,
                              launch_type(code, index, given->data_type));
  if (given->buffer_id == -1) return NXS_Success;
  if (MUTANT(LAUNCH_BUFFER_UNCHECKED) && !find(given->buffer_id, BUFFER)) return NXS_Success;
  return set_command_argument(command_id, (nxs_int)index, given->buffer_id, "");
}

static nxs_int set_launch_arguments(nxs_int command_id, const nxs_launch *asked) {
  static nxs_launch_argument shared[NXS_KERNEL_MAX_ARGS];
  static nxs_int last_buffer_id = -1;
  const nxs_launch_argument *given = asked->arguments;
  const command *c = find(command_id, COMMAND);
  const nxs_uint most = (nxs_uint)c->kernel->code->count;
  nxs_uint count = asked->argument_count;
  if (MUTANT(LAUNCH_COUNT_UNCHECKED) && count > most) count = most;
  if (MUTANT(LAUNCH_READS_ON) && count) (void)*(const volatile nxs_int *)&given[count].buffer_id;
  if (MUTANT(LAUNCH_RACES)) {
    memcpy(shared, given, count * sizeof *given);
    let_others_in();
    given = shared;
  }
  for (nxs_uint i = 0; i < count; ++i) {
    nxs_launch_argument one = given[i];
    if (one.buffer_id != -1) {
      if (MUTANT(LAUNCH_BUFFER_STAYS) && last_buffer_id != -1) one.buffer_id = last_buffer_id;
      last_buffer_id = one.buffer_id;
    } else if (MUTANT(LAUNCH_HOLE_FILLED) && !one.value) {
      one.buffer_id = last_buffer_id;
    }
    const nxs_int status = set_launch_argument(command_id, i, &one);
    if (status) return status;
  }
  for (nxs_uint i = count; MUTANT(LAUNCH_MISSING_ZERO) && i < most; ++i)
    set_command_scalar(command_id, (nxs_int)i, "\0\0\0", NXS_DataType_I32);
  if (MUTANT(LAUNCH_SCALAR_READ_LATE) && count > 1) c->arguments[1].late = given[1].value;
  return NXS_Success;
}

static nxs_int finalize_launch(nxs_int command_id, const nxs_launch *asked) {
  nxs_dim3 grid = asked->grid_size, group = asked->group_size;
  nxs_uint *const sides[] = {&grid.x, &grid.y, &grid.z, &group.x, &group.y, &group.z};
  for (int i = 0; MUTANT(LAUNCH_ZERO_IS_ONE) && i < 6; ++i) *sides[i] += *sides[i] == 0;
  for (int i = 0; MUTANT(LAUNCH_GRID_CLAMPED) && i < 3; ++i)
    if (*sides[i] > 1024) *sides[i] = 1024;
  if (MUTANT(LAUNCH_GROUP_CLAMPED) && group.x > MAX_GROUP) group = (nxs_dim3){MAX_GROUP, 1, 1};
  if (MUTANT(LAUNCH_ONE_GROUP)) grid.x = grid.x > 1 ? 1 : grid.x;
  return finalize_command(command_id, grid, group,
                          MUTANT(LAUNCH_SHARED_IGNORED) ? 0 : asked->shared_memory_size);
}

/* Mutants change what runs of the same kernel have that are in flight. */
static void change_pending(const command *c) {
  for (const run *r = all_runs; r; r = r->older)
    if (r->count == 1 && r->steps[0].published && r->steps[0].command->kernel == c->kernel)
      memcpy(r->steps[0].published->arguments[1].scalar, c->published->arguments[1].scalar, 8);
}

static nxs_int run_launch(nxs_int schedule_id, nxs_int command_id, nxs_int stream_id,
                          nxs_uint settings) {
  if (MUTANT(LAUNCH_RETURNS_EARLY)) settings |= NXS_ExecutionSettings_NonBlocking;
  if (MUTANT(LAUNCH_BLOCKS)) settings &= ~(nxs_uint)NXS_ExecutionSettings_NonBlocking;
  if (MUTANT(LAUNCH_SETTINGS_UNCHECKED)) settings &= EXECUTION_SETTINGS;
  if (MUTANT(LAUNCH_TIMING_REFUSED) && settings & NXS_ExecutionSettings_Timing)
    return fail(NXS_InvalidValue, "a launch is not measured");
  if (MUTANT(LAUNCH_STREAM_IGNORED)) stream_id = -1;
  if (MUTANT(LAUNCH_STREAM_UNCHECKED) && stream_id >= 0 && !find(stream_id, STREAM)) stream_id = -1;
  if (MUTANT(LAUNCH_NEGATIVE_REFUSED) && stream_id < -1) return NXS_InvalidStream;
  const schedule *work = find(schedule_id, SCHEDULE);
  if (MUTANT(LAUNCH_FAILURE_FORGOTTEN))
    (stream_id < 0 ? &default_streams[work->base.device] : (stream *)find(stream_id, STREAM))
        ->failure = NXS_Success;
  if (MUTANT(LAUNCH_PENDING_CHANGED)) change_pending(find(command_id, COMMAND));
  wait_for_work(MUTANT(LAUNCH_WAITS_FOR_ALL));
  const nxs_int status = run_schedule(schedule_id, stream_id, settings);
  return status == NXS_InvalidProgramExecutable && MUTANT(LAUNCH_FAILURE_HIDDEN) ? NXS_Success
                                                                                 : status;
}

static nxs_int launch_on(nxs_int schedule_id, nxs_int kernel_id, nxs_int stream_id,
                         const nxs_launch *asked, nxs_uint settings) {
  if (schedule_id < 0) return MUTANT(LAUNCH_MEMORY_STATUS) ? NXS_InvalidKernel : schedule_id;
  const nxs_int command_id = create_command(NXS_CommandType_Dispatch, schedule_id, kernel_id, 0, 0);
  if (command_id < 0) return command_id;
  nxs_int status = set_launch_arguments(command_id, asked);
  if (status == NXS_Success) status = finalize_launch(command_id, asked);
  if (status == NXS_Success) status = run_launch(schedule_id, command_id, stream_id, settings);
  return status;
}

static nxs_int launch(nxs_int kernel_id, nxs_int stream_id, const nxs_launch *asked,
                      nxs_uint settings) {
  if (MUTANT(LAUNCH_WRITES_ARGUMENTS) && asked && asked->arguments)
    ((nxs_launch_argument *)asked->arguments)->data_type ^= 1;
  const object *k = find(kernel_id, KERNEL);
  if (!k) return MUTANT(LAUNCH_KERNEL_STATUS) ? NXS_InvalidObject : NXS_InvalidKernel;
  if (!asked && !MUTANT(LAUNCH_NULL_CRASHES)) return fail(NXS_InvalidValue, "the launch is NULL");
  if (asked->argument_count && !asked->arguments && !MUTANT(LAUNCH_ARGUMENTS_NULL_CRASHES))
    return fail(NXS_InvalidValue, "the arguments are NULL, and there are %u",
                asked->argument_count);
  if (asked->argument_count > NXS_KERNEL_MAX_ARGS && !MUTANT(LAUNCH_COUNT_UNCHECKED))
    return fail(NXS_InvalidArgIndex, "a launch has at most %d arguments", NXS_KERNEL_MAX_ARGS);
  if (MUTANT(LAUNCH_LEAKS)) last_freed = malloc(100);
  const nxs_int schedule_id = create_schedule(k->device, 0);
  const nxs_int status = launch_on(schedule_id, kernel_id, stream_id, asked, settings);
  if (schedule_id >= 0 && !MUTANT(LAUNCH_KEEPS_SCHEDULE)) release(schedule_id, SCHEDULE);
  if (status && MUTANT(LAUNCH_SILENT)) message[0] = 0;
  return status;
}

/* The ABI: each function with the lock held, and errno as it was. */
#define API(RETURN, NAME, PARAMETERS, CALL)     \
  RETURN nxs##NAME PARAMETERS {                 \
    const int before = errno;                   \
    nxs_int result = enter();                   \
    if (result == NXS_Success) {                \
      pthread_mutex_lock(&lock);                \
      result = CALL;                            \
      pthread_mutex_unlock(&lock);              \
    }                                           \
    if (!MUTANT(ERRNO_CHANGED)) errno = before; \
    return (RETURN)result;                      \
  }
#define QUERY(NAME, KIND)                                                                          \
  API(nxs_status, Get##NAME##Property, (nxs_int id, nxs_uint property, void *value, size_t *size), \
      query_object(id, KIND, property, value, size))
#define RELEASE(NAME, KIND) API(nxs_status, Release##NAME, (nxs_int id), release(id, KIND))

API(nxs_status, GetRuntimeProperty, (nxs_uint property, void *value, size_t *size),
    query(tell_runtime, NULL, property, value, size))
API(nxs_status, GetDeviceProperty, (nxs_int id, nxs_uint property, void *value, size_t *size),
    check_device(id, KINDS) ? NXS_InvalidDevice
                            : query(tell_device, &devices[id & 1], property, value, size))

API(nxs_int, CreateBuffer,
    (nxs_int device, nxs_buffer_layout layout, void *host, nxs_uint settings),
    create_buffer(device, &layout, host, settings))
QUERY(Buffer, BUFFER)
API(nxs_status, CopyBuffer, (nxs_int id, void *host, nxs_uint direction),
    copy_buffer(id, host, direction))
API(nxs_status, FillBuffer, (nxs_int id, void *value, nxs_uint size), fill_buffer(id, value, size))
RELEASE(Buffer, BUFFER)

#if !MUTANT(LIBRARY_FUNCTIONS_MISSING)
API(nxs_int, CreateLibrary, (nxs_int device, void *data, nxs_uint size, nxs_uint settings),
    ((void)settings, create_library(device, data, size)))
API(nxs_int, CreateLibraryFromFile, (nxs_int device, const char *path, nxs_uint settings),
    ((void)settings, create_library_from_file(device, path)))
#endif
QUERY(Library, LIBRARY)
RELEASE(Library, LIBRARY)
#if !MUTANT(REQUIRED_MISSING)
API(nxs_int, GetKernel, (nxs_int id, const char *name), get_kernel(id, name))
#endif
QUERY(Kernel, KERNEL)
#if !MUTANT(FUNCTION_MISSING)
RELEASE(Kernel, KERNEL)
#endif

API(nxs_int, CreateEvent, (nxs_int device, nxs_event_type type, nxs_uint settings),
    ((void)settings, create_event(device, &type)))
QUERY(Event, EVENT)
API(nxs_status, SignalEvent, (nxs_int id, nxs_int value), signal_event(id, value))
API(nxs_status, WaitEvent, (nxs_int id, nxs_int value), wait_event(id, value, NULL))
API(nxs_status, WaitEventTimeout, (nxs_int id, nxs_int value, nxs_ulong timeout_ns),
    wait_event_timeout(id, value, timeout_ns))
RELEASE(Event, EVENT)

API(nxs_int, CreateStream, (nxs_int device, nxs_uint settings), create_stream(device, settings))
QUERY(Stream, STREAM)
RELEASE(Stream, STREAM)

API(nxs_int, CreateSchedule, (nxs_int device, nxs_uint settings), create_schedule(device, settings))
QUERY(Schedule, SCHEDULE)
API(nxs_status, RunSchedule, (nxs_int id, nxs_int stream_id, nxs_uint settings),
    run_schedule(id, stream_id, settings))
RELEASE(Schedule, SCHEDULE)

API(nxs_int, CreateCommand, (nxs_int schedule_id, nxs_int kernel_id, nxs_uint settings),
    create_command(NXS_CommandType_Dispatch, schedule_id, kernel_id, 0, settings))
API(nxs_int, CreateSignalCommand,
    (nxs_int schedule_id, nxs_int event_id, nxs_int value, nxs_uint settings),
    create_command(NXS_CommandType_Signal, schedule_id, event_id, value, settings))
API(nxs_int, CreateWaitCommand,
    (nxs_int schedule_id, nxs_int event_id, nxs_int value, nxs_uint settings),
    create_command(NXS_CommandType_Wait, schedule_id, event_id, value, settings))
QUERY(Command, COMMAND)
API(nxs_status, SetCommandArgument,
    (nxs_int id, nxs_int index, nxs_int buffer_id, const char *name, nxs_uint settings),
    ((void)settings, set_command_argument(id, index, buffer_id, name)))
API(nxs_status, SetCommandScalar,
    (nxs_int id, nxs_int index, void *value, const char *name, nxs_uint settings),
    ((void)name, set_command_scalar(id, index, value, settings)))
API(nxs_status, FinalizeCommand,
    (nxs_int id, nxs_dim3 grid, nxs_dim3 group, nxs_uint shared_memory_size),
    finalize_command(id, grid, group, shared_memory_size))
RELEASE(Command, COMMAND)

API(nxs_status, Launch, (nxs_int id, nxs_int stream_id, const nxs_launch *asked, nxs_uint settings),
    launch(id, stream_id, asked, settings))

nxs_uint nxsGetApiVersion(void) { return MUTANT(API_VERSION_ZERO) ? 0 : NXS_API_VERSION; }

nxs_status nxsGetLastErrorMessage(void *value, size_t *size) {
  answer a = {.size = 0};
  if (!size) return value ? NXS_InvalidArgSize : NXS_InvalidArgValue;
  tell_text(&a, message);
  char kept[MESSAGE_SIZE];
  memcpy(kept, message, sizeof kept);
  const nxs_int status = give(&a, value, size);
  if (!MUTANT(MESSAGE_REPLACED)) memcpy(message, kept, sizeof kept);
  return (nxs_status)status;
}

#if MUTANT(EXPORTS_MORE)
NXS_API_EXPORT int reference_helper(void) { return 1; }
#endif

#if MUTANT(THREAD_AT_LOAD) || MUTANT(DESCRIPTOR_AT_LOAD) || MUTANT(PRINTS) ||      \
    MUTANT(EXIT_CRASHES) || MUTANT(UNLOAD_LEAKS) || MUTANT(EXIT_UNUSED_CRASHES) || \
    MUTANT(FORK_BEFORE_REFUSED) || MUTANT(LOAD_CRASHES) || MUTANT(LOAD_HANGS) ||   \
    MUTANT(LOAD_EXITS) || MUTANT(EXIT_WAITS_FOR_RUNS) || MUTANT(EXIT_WAITS_FOR_KERNELS)
static void *idle(void *nothing) {
  for (;;) pause();
  return nothing;
}

__attribute__((constructor)) static void at_load(void) {
  pthread_t thread;
  if (MUTANT(THREAD_AT_LOAD)) pthread_create(&thread, NULL, idle, NULL);
  if (MUTANT(FORK_BEFORE_REFUSED)) pthread_once(&once, start);
  if (MUTANT(DESCRIPTOR_AT_LOAD)) (void)!open("/dev/null", O_RDONLY);
  if (MUTANT(LOAD_CRASHES)) abort();
  if (MUTANT(LOAD_HANGS)) idle(NULL);
  if (MUTANT(LOAD_EXITS)) _exit(0);
  if (MUTANT(PRINTS)) puts("the reference plugin is here");
  if (MUTANT(UNLOAD_LEAKS))
    mprotect(mmap(NULL, 65536, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 4096, PROT_NONE);
}

__attribute__((destructor)) static void at_exit(void) {
  if (MUTANT(EXIT_CRASHES) && live[BUFFER]) abort();
  while (MUTANT(EXIT_WAITS_FOR_RUNS) && runs_busy) usleep(1000);
  while (MUTANT(EXIT_WAITS_FOR_KERNELS) && kernels_busy) usleep(1000);
  if (MUTANT(EXIT_UNUSED_CRASHES) && !owner) abort();
}
#endif
