/*
 * Threads that use one plugin at once, written in C so that ThreadSanitizer sees every access: each
 * has objects of its own and shares a schedule, an event, a stream and a buffer with the others,
 * which all of them try to release at the end. Arguments: the plugin and a C source file of
 * kernels.
 */
#include <dlfcn.h>
#include <nexus-api.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 4, TURNS = 100, ITEMS = 4096, GROUP = 64 };

#define NEXUS_API_FUNC(RETURN, NAME, ...) static nxs##NAME##_fn NAME;
#include <nexus-api/_nxs_functions.h>
#undef NEXUS_API_FUNC

static nxs_int kernel, buffer, shared_schedule, shared_stream, shared_event;
static atomic_int released;
static pthread_barrier_t all_done;

static nxs_int check(nxs_int result, const char *call, int line) {
  if (result >= 0) return result;
  char text[1024] = "";
  size_t size = sizeof text;
  GetLastErrorMessage(text, &size);
  fprintf(stderr, "line %d: %s: status %d: %s\n", line, call, result, text);
  exit(1);
}
#define CHECK(call) check(call, #call, __LINE__)

static nxs_int make_schedule(nxs_int data) {
  const nxs_int schedule = CHECK(CreateSchedule(0, NXS_ExecutionSettings_Timing));
  const nxs_int command = CHECK(CreateCommand(schedule, kernel, 0));
  CHECK(SetCommandArgument(command, 0, data, NULL, 0));
  const nxs_dim3 grid = {ITEMS / GROUP, 1, 1}, group = {GROUP, 1, 1};
  CHECK(FinalizeCommand(command, grid, group, 0));
  return schedule;
}

static nxs_int make_buffer(void) {
  const nxs_buffer_layout layout = {.data_type = NXS_DataType_I32, .rank = 1, .dim = {ITEMS}};
  return CHECK(CreateBuffer(0, layout, NULL, 0));
}

static void *work(void *argument) {
  const int number = *(int *)argument;
  for (int turn = 0; turn < TURNS; ++turn) {
    const nxs_int data = make_buffer(), own = make_schedule(data);
    const nxs_int event = CHECK(CreateEvent(0, NXS_EventType_Shared, 0));
    CHECK(CreateSignalCommand(own, event, 1, 0));
    CHECK(CreateSignalCommand(own, shared_event, turn, 0));
    CHECK(RunSchedule(own, turn % 2 ? shared_stream : -1, NXS_ExecutionSettings_NonBlocking));
    CHECK(RunSchedule(shared_schedule, number % 2 ? shared_stream : -1, 0));
    CHECK(WaitEvent(event, 1));
    double elapsed;
    size_t size = sizeof elapsed;
    GetScheduleProperty(shared_schedule, NP_ElapsedTime, &elapsed, &size);
    char status[256];
    size = sizeof status;
    CHECK(GetScheduleProperty(own, NP_Status, status, &size));
    static _Thread_local nxs_int values[ITEMS];
    CHECK(CopyBuffer(data, values, NXS_BufferDeviceToHost));
    for (int i = 0; i < ITEMS; ++i)
      if (values[i] != 1) {
        fprintf(stderr, "item %d is %d after one launch\n", i, values[i]);
        exit(1);
      }
    CHECK(ReleaseBuffer(data));
    CHECK(ReleaseSchedule(own));
    CHECK(ReleaseEvent(event));
  }
  CHECK(WaitEventTimeout(shared_event, TURNS - 1, 1000000000));
  pthread_barrier_wait(&all_done);
  released += ReleaseEvent(shared_event) == NXS_Success;
  released += ReleaseBuffer(buffer) == NXS_Success;
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: %s PLUGIN KERNELS\n", argv[0]);
    return 2;
  }
  void *plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (!plugin) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
#define NEXUS_API_FUNC(RETURN, NAME, ...) *(void **)&NAME = dlsym(plugin, "nxs" #NAME);
#include <nexus-api/_nxs_functions.h>
#undef NEXUS_API_FUNC

  const nxs_int library = CHECK(CreateLibraryFromFile(0, argv[2], 0));
  kernel = CHECK(GetKernel(library, "increment"));
  buffer = make_buffer();
  shared_schedule = make_schedule(make_buffer());
  shared_stream = CHECK(CreateStream(0, 0));
  shared_event = CHECK(CreateEvent(0, NXS_EventType_Shared, 0));
  pthread_barrier_init(&all_done, NULL, THREADS);
  pthread_t threads[THREADS];
  int numbers[THREADS];
  for (int i = 0; i < THREADS; ++i) {
    numbers[i] = i;
    pthread_create(&threads[i], NULL, work, &numbers[i]);
  }
  for (int i = 0; i < THREADS; ++i) pthread_join(threads[i], NULL);
  CHECK(ReleaseStream(shared_stream));
  CHECK(ReleaseSchedule(shared_schedule));
  CHECK(ReleaseLibrary(library));
  if (released != 2) {
    fprintf(stderr, "%d racing releases succeeded, not 2\n", released);
    return 1;
  }
  puts("ok");
  return 0;
}
