/* Handles: an index among the objects of a kind, which is used again as soon as it is free. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

buffer buffers[MOST_OBJECTS];
void *libraries[MOST_OBJECTS];
void *kernels[MOST_OBJECTS];
nxs_int events[MOST_OBJECTS];
schedule schedules[MOST_OBJECTS];
command commands[MOST_OBJECTS];

static state states[KINDS][MOST_OBJECTS];

nxs_int add(kind which) {
  for (nxs_int index = 0; index < MOST_OBJECTS; ++index) {
    if (states[which][index] == LIVE) continue;
    states[which][index] = LIVE;
    return index;
  }
  fprintf(stderr, "the field plugin has no room for another object\n");
  abort();
}

int known(kind which, nxs_int handle) {
  return handle >= 0 && handle < MOST_OBJECTS && states[which][handle] != NEVER;
}

void forget(kind which, nxs_int handle) {
  if (states[which][handle] != LIVE) {
    fprintf(stderr, "the field plugin releases an object again\n");
    abort();
  }
  states[which][handle] = RELEASED;
}

nxs_status answer(const void *value, size_t needed, int is_text, void *out, size_t *size) {
  if (out == NULL && size == NULL) return NXS_InvalidArgValue;
  if (size == NULL) return NXS_InvalidArgSize;
  if (out == NULL) {
    *size = needed;
    return NXS_Success;
  }
  /* The length of a text is compared without its NUL (5). The size stays as it is (4). */
  if (*size < needed - (is_text ? 1 : 0)) return NXS_InvalidArgValue;
  memcpy(out, value, needed);
  return NXS_Success;
}
