/* The objects behind handles: one table for all kinds, reference counts, parents and children. */
#include <nexus-api.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
