/* Runs lists of calls at once, each in a thread of its own. */
#include <pthread.h>
#include <stdlib.h>

#define MAX_ARGUMENTS 8

typedef struct {
  void *function;
  long arguments[MAX_ARGUMENTS];
  /* Where it is not negative, the argument is the result of the thread's step of this number. */
  int references[MAX_ARGUMENTS];
  int result;
} step;

typedef struct {
  step *steps;
  int count;
  pthread_mutex_t *gate;
  pthread_t thread;
} list;

/* The trampolines take integers and pointers only, which all are passed as a long is. */
typedef int (*call)(long, long, long, long, long, long, long, long);

static void *run(void *data) {
  list *work = data;
  pthread_mutex_lock(work->gate);
  pthread_mutex_unlock(work->gate);
  for (int i = 0; i < work->count; ++i) {
    step *now = &work->steps[i];
    long a[MAX_ARGUMENTS];
    for (int k = 0; k < MAX_ARGUMENTS; ++k) {
      const int from = now->references[k];
      a[k] = from >= 0 ? work->steps[from].result : now->arguments[k];
    }
    now->result = ((call)now->function)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
  }
  return NULL;
}

/* Returns 0, or the errno of what failed; no step has run then. */
int nexus_kit_threads(step *steps, const int *counts, int threads) {
  pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
  list *lists = calloc((size_t)threads + 1, sizeof *lists);
  int error = 0, started = 0;
  if (lists == NULL) return 12;
  pthread_mutex_lock(&gate);
  for (; started < threads && error == 0; ++started) {
    lists[started] = (list){steps, counts[started], &gate, 0};
    error = pthread_create(&lists[started].thread, NULL, run, &lists[started]);
    if (error != 0) break;
    steps += counts[started];
  }
  if (error != 0) {
    for (int i = 0; i < started; ++i) lists[i].count = 0;
  }
  pthread_mutex_unlock(&gate);
  for (int i = 0; i < started; ++i) pthread_join(lists[i].thread, NULL);
  free(lists);
  return error;
}
