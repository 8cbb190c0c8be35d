/**
 * @file field.h
 * What the files of the field plugin share. README.md lists, by number, how the plugin deviates
 * from the contract and which switches it is compiled with; comments refer to those numbers.
 */
#ifndef FIELD_H
#define FIELD_H

#include <nexus-api.h>
#include <pthread.h>
#include <stddef.h>

#ifndef FIELD_NAME
#define FIELD_NAME "cpu"
#endif

/** Most objects of a kind (7), and most arguments of a run (23). */
enum { MOST_OBJECTS = 256, MOST_ARGUMENTS = 31 };

/** State of an index: never used, in use, released. */
typedef enum state { NEVER, LIVE, RELEASED } state;

typedef enum kind { BUFFER, LIBRARY, KERNEL, EVENT, STREAM, SCHEDULE, COMMAND, KINDS } kind;

typedef struct buffer {
  nxs_buffer_layout layout;
  char *data;
  size_t size;
  int wrapped;
} buffer;

typedef struct argument {
  /** Memory of a buffer, or the caller's memory of a scalar (2). */
  void *value;
  const char *name;
  int is_scalar;
} argument;

typedef struct command {
  nxs_command_type type;
  void *function;
  /** Memory of its own, which is never freed (22); NULL until the first argument is set. */
  argument *arguments;
  /** Scalars whose settings have bit 1; no kernel gets them (3). */
  argument constants[NXS_KERNEL_MAX_CONSTS];
  nxs_uint constant_count;
  nxs_uint argument_count;
  nxs_dim3 groups;
  nxs_dim3 items;
  nxs_uint shared_memory_size;
  nxs_int event;
  nxs_int value;
} command;

typedef struct schedule {
  nxs_int *commands;
  nxs_uint count;
  nxs_uint settings;
  /** How often its index was used, which tells it from the next schedule of this index. */
  nxs_uint generation;
  double elapsed_ms;
} schedule;

/** Guards everything below; `changed` is broadcast when a run or a signal is done. */
extern pthread_mutex_t lock;
extern pthread_cond_t changed;

extern buffer buffers[MOST_OBJECTS];
extern void *libraries[MOST_OBJECTS];
extern void *kernels[MOST_OBJECTS];
extern nxs_int events[MOST_OBJECTS];
extern schedule schedules[MOST_OBJECTS];
extern command commands[MOST_OBJECTS];

/** Takes an index for an object of a kind; aborts where there is none (7). */
nxs_int add(kind which);

/** Whether an object of a kind had this index at some time (8). */
int known(kind which, nxs_int handle);

/** Gives an index back; aborts where it is not in use (9). */
void forget(kind which, nxs_int handle);

/** Answers a query by the field's protocol (4, 5); `is_text` where the value ends in a NUL. */
nxs_status answer(const void *value, size_t needed, int is_text, void *out, size_t *size);

/**
 * Waits, with the lock held, until no run that was submitted is left: of those that use this
 * memory, or of all of them for NULL.
 */
void wait_for_runs(const void *memory);

/** Runs a kernel command over all of its groups. */
void run_kernel(const command *work);

#endif
