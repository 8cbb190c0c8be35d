/* Calls kernels: functions in one of the field's two conventions. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"

/* Behind the arguments: size and index of the launch, shared memory, the barrier. */
enum { MOST_POINTERS = MOST_ARGUMENTS + 4 };

typedef void function(void *, void *, void *, void *, void *, void *, void *, void *, void *,
                      void *, void *, void *, void *, void *, void *, void *, void *, void *,
                      void *, void *, void *, void *, void *, void *, void *, void *, void *,
                      void *, void *, void *, void *, void *, void *, void *, void *);

/* C's calling conventions let a function ignore arguments, so all of them are passed. */
static void call(void *kernel, void **p) {
  ((function *)kernel)(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11],
                       p[12], p[13], p[14], p[15], p[16], p[17], p[18], p[19], p[20], p[21], p[22],
                       p[23], p[24], p[25], p[26], p[27], p[28], p[29], p[30], p[31], p[32], p[33],
                       p[34]);
}

#ifdef FIELD_PER_ITEM
/* Each item of each group, along x only (16). */
static void call_items(const command *work, void **pointers, int *id) {
  for (id[2] = 0; id[2] < (int)work->groups.z; ++id[2])
    for (id[1] = 0; id[1] < (int)work->groups.y; ++id[1])
      for (id[0] = 0; id[0] < (int)work->groups.x; ++id[0])
        for (id[3] = 0; id[3] < (int)work->items.x; ++id[3]) call(work->function, pointers);
}
#else
/* Each lane of two ranges of groups, along x only (16); the kernel loops over the groups. */
static void call_items(const command *work, void **pointers, int *id) {
  const int groups = (int)(work->groups.x * work->groups.y * work->groups.z);
  const int bounds[] = {0, groups / 2, groups};
  for (int range = 0; range < 2; ++range) {
    if (bounds[range] == bounds[range + 1]) continue;
    id[0] = bounds[range];
    id[1] = bounds[range + 1];
    for (id[2] = 0; id[2] < (int)work->items.x; ++id[2]) call(work->function, pointers);
  }
}
#endif

/* Shows a scalar as it is at the run, where the environment has FIELD_TRACE. */
static void print_scalar(const argument *given, nxs_ulong bits) {
  const char *const name = given->name ? given->name : "";
  if (getenv("FIELD_TRACE") != NULL)
    fprintf(stderr, "field: scalar '%.*s' = %#llx\n", (int)strlen(name), name,
            (unsigned long long)bits);
}

void run_kernel(const command *work) {
  const nxs_dim3 groups = work->groups, items = work->items;
  if (groups.x * groups.y * groups.z == 0 || items.x * items.y * items.z == 0) {
    raise(SIGFPE); /* (17) */
    return;
  }
  if (work->argument_count > MOST_ARGUMENTS) {
    fprintf(stderr, "the field plugin passes %d arguments at most\n", MOST_ARGUMENTS);
    abort(); /* (23) */
  }
  int size[6] = {(int)groups.x, (int)groups.y, (int)groups.z,
                 (int)items.x,  (int)items.y,  (int)items.z};
  int id[6] = {0};
  nxs_ulong scalars[MOST_ARGUMENTS], barrier = 0;
  void *pointers[MOST_POINTERS] = {0};
  for (nxs_uint index = 0; index < work->argument_count; ++index) {
    const argument *const given = &work->arguments[index];
    pointers[index] = given->value; /* NULL where it was never set (18) */
    if (!given->is_scalar) continue;
    /* Read only now: 8 bytes, whatever its type, and the name (2). */
    memcpy(&scalars[index], given->value, sizeof scalars[index]);
    pointers[index] = &scalars[index];
    print_scalar(given, scalars[index]);
  }
  void *const shared = work->shared_memory_size ? calloc(1, work->shared_memory_size) : NULL;
  void *const last[] = {size, id, shared, &barrier};
  memcpy(&pointers[work->argument_count], last, sizeof last);
  call_items(work, pointers, id);
  free(shared);
}
