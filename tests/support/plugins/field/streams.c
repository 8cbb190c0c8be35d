/* Streams, each with a thread that takes runs in their order, and runs of schedules. */
#include <stdlib.h>
#include <time.h>

#include "field.h"

typedef struct run {
  struct run *next;
  schedule *owner;
  nxs_uint generation;
  command *commands;
  nxs_uint count;
  int is_timed;
  int *done;
} run;

/* One more than there are streams: the default stream is the last. */
typedef struct queue {
  run *first;
  int started;
  pthread_cond_t filled;
} queue;
static queue queues[MOST_OBJECTS + 1];

static int uses(const run *it, const void *memory) {
  for (nxs_uint place = 0; place < it->count; ++place) {
    const command *const work = &it->commands[place];
    for (nxs_uint index = 0; index < work->argument_count; ++index)
      if (work->arguments[index].value == memory) return 1;
  }
  return memory == NULL;
}

static int is_used(const void *memory) {
  for (int place = 0; place <= MOST_OBJECTS; ++place)
    for (const run *it = queues[place].first; it != NULL; it = it->next)
      if (uses(it, memory)) return 1;
  return 0;
}

void wait_for_runs(const void *memory) {
  while (is_used(memory)) pthread_cond_wait(&changed, &lock);
}

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Executes one command; the lock is not held. */
static void execute(const command *work) {
  if (work->type == NXS_CommandType_Dispatch) {
    run_kernel(work);
    return;
  }
  pthread_mutex_lock(&lock);
  nxs_int *const counter = &events[work->event];
  if (work->type == NXS_CommandType_Signal) {
    if (*counter < work->value) *counter = work->value;
    pthread_cond_broadcast(&changed);
  } else {
    while (*counter < work->value) pthread_cond_wait(&changed, &lock);
  }
  pthread_mutex_unlock(&lock);
}

static void *serve(void *mine) {
  queue *const from = mine;
  pthread_mutex_lock(&lock);
  for (;;) {
    while (from->first == NULL) pthread_cond_wait(&from->filled, &lock);
    run *const it = from->first;
    pthread_mutex_unlock(&lock);
    const double start = now_ms();
    for (nxs_uint place = 0; place < it->count; ++place) execute(&it->commands[place]);
    const double end = now_ms();
    pthread_mutex_lock(&lock);
    if (it->is_timed && it->owner->generation == it->generation)
      it->owner->elapsed_ms = end - start;
    from->first = it->next;
    if (it->done != NULL) *it->done = 1;
    free(it->commands);
    free(it);
    pthread_cond_broadcast(&changed);
  }
  return NULL;
}

/* Starts the thread of a queue once in the life of a process and of its forks (20). */
static int start(queue *it) {
  pthread_t thread;
  if (it->started) return 1;
  pthread_cond_init(&it->filled, NULL);
  if (pthread_create(&thread, NULL, serve, it) != 0) return 0;
  pthread_detach(thread);
  it->started = 1;
  return 1;
}

static run *snapshot(schedule *of, nxs_uint settings) {
  run *const made = calloc(1, sizeof *made);
  command *const copies = calloc(of->count + 1, sizeof *copies);
  if (made == NULL || copies == NULL) {
    free(made);
    free(copies);
    return NULL;
  }
  for (nxs_uint place = 0; place < of->count; ++place)
    copies[place] = commands[of->commands[place]];
  *made = (run){.owner = of,
                .generation = of->generation,
                .commands = copies,
                .count = of->count,
                .is_timed = (settings & NXS_ExecutionSettings_Timing) != 0};
  return made;
}

nxs_status nxsRunSchedule(nxs_int handle, nxs_int stream, nxs_uint settings) {
  if (!known(SCHEDULE, handle)) return NXS_InvalidSchedule;
  if (settings > 15) return NXS_InvalidValue;
  /* A negative number is the default stream, and so is what is no stream (21). */
  const int other = known(STREAM, stream);
  queue *const to = &queues[other ? stream : MOST_OBJECTS];
  int done = 0;
  pthread_mutex_lock(&lock);
  const nxs_uint all = settings | schedules[handle].settings;
  run *const made = start(to) ? snapshot(&schedules[handle], all) : NULL;
  if (made == NULL) {
    pthread_mutex_unlock(&lock);
    return NXS_OutOfResources;
  }
  const int waits = !(all & NXS_ExecutionSettings_NonBlocking);
  made->done = waits ? &done : NULL;
  run **end = &to->first;
  while (*end != NULL) end = &(*end)->next;
  *end = made;
  pthread_cond_signal(&to->filled);
  while (waits && !done) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
  return NXS_Success;
}

nxs_int nxsCreateStream(nxs_int device, nxs_uint settings) {
  if (device != 0) return NXS_InvalidDevice;
  if (settings > 3) return NXS_InvalidValue;
  pthread_mutex_lock(&lock);
  const nxs_int handle = add(STREAM);
  pthread_mutex_unlock(&lock);
  return handle;
}

#ifndef FIELD_NO_RELEASES
nxs_status nxsReleaseStream(nxs_int handle) {
  pthread_mutex_lock(&lock);
  if (known(STREAM, handle)) forget(STREAM, handle);
  pthread_mutex_unlock(&lock);
  return NXS_Success; /* for any number (21) */
}
#endif
