/**
 * @file nxs_kernel_check_state.h
 * What `nexus check` and a kernel that it watches tell each other. nexus/check/ has the same
 * layouts in Python. Part of nxs_kernel_check.h.
 */
#ifndef NXS_KERNEL_CHECK_STATE_H
#define NXS_KERNEL_CHECK_STATE_H

#include <nexus-api/nxs_kernel_groups.h>
#include <setjmp.h>

#define NXS_CHECK_ARGUMENTS 32
#define NXS_CHECK_OBJECTS 32
#define NXS_CHECK_FINDINGS 64
#define NXS_CHECK_BARRIERS 4096
#define NXS_CHECK_NAME 48
#define NXS_CHECK_OF_GROUPS 8

/* What may be wrong. */
enum {
  NXS_CHECK_RACE = 1,
  NXS_CHECK_OUTSIDE_ITEMS,
  NXS_CHECK_UNINITIALISED,
  NXS_CHECK_BOUNDS,
  NXS_CHECK_ARRAY_INDEX,
  NXS_CHECK_DIVERGENCE,
  NXS_CHECK_CRASH,
  NXS_CHECK_ENDLESS,
  NXS_CHECK_TOO_LARGE
};

/* What an access does. */
enum { NXS_CHECK_READS = 0, NXS_CHECK_WRITES = 1, NXS_CHECK_ATOMIC = 2 };

/* The kinds of memory that a kernel declares. */
enum { NXS_CHECK_SHARED, NXS_CHECK_DYNAMIC, NXS_CHECK_PRIVATE };

/* An access to one byte: by an item in a phase, which is the part of a group's work between two
 * barriers. `item` is 0 for none, else the item's number plus one. */
typedef struct nxs_check_record {
  nxs_uint item, phase, pc, access;
} nxs_check_record;

/* What is known of one byte. The two last accesses of each kind by different items suffice to see
 * every first race: one in the group that runs, or the last of another group. */
typedef struct nxs_check_cell {
  nxs_check_record write[2], read[2];
  nxs_uint initialised, unused[3];
} nxs_check_cell;

typedef struct nxs_check_argument {
  char *address;
  nxs_ulong bytes;
  /* A cell for each byte; NULL for a scalar. */
  nxs_check_cell *cells;
  /* The bytes from the start up to the end of the last one that was read, and written. */
  nxs_ulong read_end, write_end;
} nxs_check_argument;

/* Shared or private memory, at an offset in the group's or each item's part of the memory. */
typedef struct nxs_check_declared {
  char name[NXS_CHECK_NAME];
  nxs_ulong kind, element, count, line, offset;
  /* For which group, plus one, its contents were last made uninitialised. */
  nxs_ulong group;
} nxs_check_declared;

typedef struct nxs_check_finding {
  nxs_ulong kind;
  /* Places in the code, relative to nxs_check_anchor; 0 for none. A line for divergence. */
  nxs_long at, other_at;
  /* The argument; or NXS_CHECK_ARGUMENTS plus the number of the declared object; or -1. */
  nxs_long object;
  /* In bytes from the object's start; for an array that is indexed wrongly, the index. */
  nxs_long offset;
  nxs_ulong access, other_access;
  /* Numbers of items in the launch. */
  nxs_long item, other_item;
  nxs_ulong bytes;
  char text[NXS_CHECK_NAME];
} nxs_check_finding;

typedef struct nxs_check_state {
  /* In which order items run: 0 forward, 1 backward, else the seed of a random order. */
  nxs_ulong order;
  nxs_ulong poison;
  /* Of the launch's shared memory: its size in bytes; or 0, and its elements for each item. */
  nxs_ulong dynamic_bytes, dynamic_per_item;
  /* Memory for shared and private objects, and a cell for each byte. */
  char *memory;
  nxs_check_cell *cells;
  nxs_ulong shared_bytes, private_bytes;
  nxs_ulong argument_count;
  /* Set when the launch has to end early. */
  nxs_ulong halted;
  /* A bit for each dimension of items that the kernel uses; of groups, from NXS_CHECK_OF_GROUPS. */
  nxs_ulong dimensions;
  nxs_ulong declared_count, finding_count;
  nxs_ulong shared_used, private_used;
  /* The group that runs, plus one; the barriers that its first item to end has passed, plus one. */
  nxs_ulong group, passed;
  nxs_long passed_item, last_at;
  nxs_ulong has_handlers;
  nxs_check_argument argument[NXS_CHECK_ARGUMENTS];
  nxs_check_declared declared[NXS_CHECK_OBJECTS];
  nxs_check_finding finding[NXS_CHECK_FINDINGS];
  /* The line of each barrier that the group has passed, and the first item there. */
  nxs_ulong barrier_line[NXS_CHECK_BARRIERS];
  nxs_long barrier_item[NXS_CHECK_BARRIERS];
} nxs_check_state;

/* An item that runs. */
typedef struct nxs_check_item {
  nxs_check_state *state;
  nxs_kernel_group group;
  nxs_int id[3];
  /* Its number in its group and in the launch; that of its group. */
  nxs_ulong local, global, group_number;
  nxs_ulong barriers;
  nxs_int open;
  nxs_ulong private_next;
  void *wait;
  sigjmp_buf escape;
} nxs_check_item;

#endif /* NXS_KERNEL_CHECK_STATE_H */
