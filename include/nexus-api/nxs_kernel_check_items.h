/**
 * @file nxs_kernel_check_items.h
 * Runs the items of a kernel that `nexus check` watches: their order, their barriers, the memory
 * that they declare, signals. Part of nxs_kernel_check.h.
 */
#ifndef NXS_KERNEL_CHECK_ITEMS_H
#define NXS_KERNEL_CHECK_ITEMS_H

#include <nexus-api/nxs_kernel_check_memory.h>
#include <signal.h>

/* Of the CPU plugin. */
NXS_EXTERN_C void _cpu_barrier(void *barrier);

NXS_CHECK_FUNCTION void nxs_check_use(nxs_int dimension) {
  nxs_check_current->state->dimensions |= 1u << dimension;
}

/* Ends a kernel that has crashed, or that runs for too long, where the item stands. */
NXS_CHECK_FUNCTION void nxs_check_signal(int number, siginfo_t *info, void *context) {
  nxs_check_item *const item = nxs_check_current;
  (void)context;
  if (!item) {
    if (number == SIGVTALRM) return;
    /* Not the kernel's. */
    signal(number, SIG_DFL);
    raise(number);
    return;
  }
  /* Of these two, the address is that of the instruction; it returns to nowhere. */
  const nxs_long at = number == SIGFPE || number == SIGILL
                          ? nxs_check_place((const char *)info->si_addr + 1)
                          : item->state->last_at;
  nxs_check_finding *const found =
      nxs_check_find(item, number == SIGVTALRM ? NXS_CHECK_ENDLESS : NXS_CHECK_CRASH, at, number);
  if (found) {
    found->access = (nxs_ulong)number;
    found->offset = (nxs_long)(nxs_ulong)info->si_addr;
  }
  nxs_check_stop(item);
}

NXS_CHECK_FUNCTION void nxs_check_handle_signals(nxs_check_state *state) {
  static char stack[1 << 16];
  static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGVTALRM};
  stack_t own;
  struct sigaction action;
  if (state->has_handlers) return;
  state->has_handlers = 1;
  memset(&own, 0, sizeof own);
  own.ss_sp = stack;
  own.ss_size = sizeof stack;
  sigaltstack(&own, NULL);
  memset(&action, 0, sizeof action);
  action.sa_sigaction = nxs_check_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (nxs_ulong i = 0; i < sizeof numbers / sizeof *numbers; ++i)
    sigaction(numbers[i], &action, NULL);
}

/* The position in a random order of the number `n`, of `count`: a permutation, by steps that each
 * are one, in the smallest range of a power of two, until the result is small enough. */
NXS_CHECK_FUNCTION nxs_ulong nxs_check_shuffle(nxs_ulong n, nxs_ulong count, nxs_ulong seed) {
  nxs_ulong mask = 1;
  while (mask < count) mask = mask * 2;
  --mask;
  do {
    for (nxs_int round = 0; round < 4; ++round) {
      n = (n * (seed * 8 + 5) + (seed >> round)) & mask;
      n ^= n >> 3;
    }
  } while (n >= count);
  return n;
}

/* Prepares the item that the plugin calls as number `id`; returns 0 if the launch has ended. */
NXS_CHECK_FUNCTION nxs_int nxs_check_begin(nxs_check_item *item, nxs_check_state *state,
                                           const nxs_int *size, const nxs_int *id, void *wait) {
  nxs_check_handle_signals(state);
  if (state->halted) return 0;
  memset(item, 0, sizeof *item);
  item->state = state;
  item->wait = wait;
  for (nxs_int d = 0; d < 3; ++d) {
    item->group.id[d] = id[d];
    item->group.count[d] = size[d];
    item->group.size[d] = size[3 + d];
  }
  const nxs_ulong x = (nxs_ulong)size[3], y = (nxs_ulong)size[4],
                  count = x * y * (nxs_ulong)size[5];
  const nxs_ulong n = ((nxs_ulong)id[5] * y + (nxs_ulong)id[4]) * x + (nxs_ulong)id[3];
  item->local = state->order == 0   ? n
                : state->order == 1 ? count - 1 - n
                                    : nxs_check_shuffle(n, count, state->order);
  item->id[0] = (nxs_int)(item->local % x);
  item->id[1] = (nxs_int)(item->local / x % y);
  item->id[2] = (nxs_int)(item->local / x / y);
  item->group_number =
      ((nxs_ulong)id[2] * (nxs_ulong)size[1] + (nxs_ulong)id[1]) * (nxs_ulong)size[0] +
      (nxs_ulong)id[0];
  item->global = item->group_number * count + item->local;
  if (state->group != item->group_number + 1) {
    state->group = item->group_number + 1;
    state->passed = 0;
    memset(state->barrier_line, 0, sizeof state->barrier_line);
  }
  nxs_check_current = item;
  return 1;
}

NXS_CHECK_FUNCTION void nxs_check_diverge(nxs_check_item *item, nxs_ulong line,
                                          nxs_ulong other_line, nxs_long other_item) {
  nxs_check_finding *const found =
      nxs_check_find(item, NXS_CHECK_DIVERGENCE, (nxs_long)line, (nxs_long)other_line);
  if (found) found->other_item = other_item;
  nxs_check_stop(item);
}

/* Called when the body of an item has returned. All items of a group have to pass as many
 * barriers. */
NXS_CHECK_FUNCTION void nxs_check_end(nxs_check_item *item) {
  nxs_check_state *const state = item->state;
  if (state->passed == 0) {
    state->passed = item->barriers + 1;
    state->passed_item = (nxs_long)item->global;
  }
  /* The barrier at which others are, or have been. */
  const nxs_ulong line =
      item->barriers < NXS_CHECK_BARRIERS ? state->barrier_line[item->barriers] : 0;
  if (line) nxs_check_diverge(item, line, 0, state->barrier_item[item->barriers]);
}

NXS_CHECK_FUNCTION void nxs_check_barrier(nxs_check_item *item, nxs_int line) {
  nxs_check_state *const state = item->state;
  const nxs_ulong number = item->barriers;
  if (state->halted) nxs_check_stop(item);
  if (number < NXS_CHECK_BARRIERS) {
    nxs_ulong *const known = &state->barrier_line[number];
    if (state->passed && state->passed <= number + 1)
      nxs_check_diverge(item, (nxs_ulong)line, 0, state->passed_item);
    if (*known && *known != (nxs_ulong)line)
      nxs_check_diverge(item, (nxs_ulong)line, *known, state->barrier_item[number]);
    if (!*known) state->barrier_item[number] = (nxs_long)item->global;
    *known = (nxs_ulong)line;
  }
  nxs_check_current = NULL;
  _cpu_barrier(item->wait);
  nxs_check_current = item;
  if (state->halted) nxs_check_stop(item);
  ++item->barriers;
}

NXS_CHECK_FUNCTION nxs_int nxs_check_open(nxs_check_item *item) { return item->open = 1; }
NXS_CHECK_FUNCTION nxs_int nxs_check_close(nxs_check_item *item) { return item->open = 0; }

/* Makes the contents of an object uninitialised. */
NXS_CHECK_FUNCTION void nxs_check_clear(nxs_check_state *state, nxs_ulong at, nxs_ulong bytes) {
  memset(state->memory + at, (int)state->poison, bytes);
  memset(state->cells + at, 0, bytes * sizeof *state->cells);
}

/* The elements of the shared memory whose size the launch gives. */
NXS_CHECK_FUNCTION nxs_ulong nxs_check_dynamic(const nxs_check_item *item, nxs_ulong element) {
  const nxs_check_state *const state = item->state;
  const nxs_int *const size = item->group.size;
  if (state->dynamic_bytes) return state->dynamic_bytes / element;
  return (nxs_ulong)size[0] * (nxs_ulong)size[1] * (nxs_ulong)size[2] * state->dynamic_per_item;
}

/* Returns the memory of a declaration: one for the group, or one for the item. */
NXS_CHECK_FUNCTION void *nxs_check_object(nxs_check_item *item, nxs_ulong kind, const char *name,
                                          nxs_ulong element, nxs_ulong count, nxs_int line) {
  nxs_check_state *const state = item->state;
  const nxs_int is_private = kind == NXS_CHECK_PRIVATE;
  nxs_ulong i = 0;
  while (i < state->declared_count && (state->declared[i].line != (nxs_ulong)line ||
                                       strncmp(state->declared[i].name, name, NXS_CHECK_NAME - 1)))
    ++i;
  nxs_check_declared *const one = &state->declared[i];
  const nxs_ulong bytes = element * count;
  if (i == state->declared_count) {
    nxs_ulong *const used = is_private ? &state->private_used : &state->shared_used;
    const nxs_ulong most = is_private ? state->private_bytes : state->shared_bytes;
    const nxs_ulong offset = *used + NXS_CHECK_GAP;
    if (i == NXS_CHECK_OBJECTS || bytes > most || offset + bytes + NXS_CHECK_GAP > most) {
      nxs_check_finding *const found = nxs_check_find(item, NXS_CHECK_TOO_LARGE, line, 0);
      if (found) strncpy(found->text, name, NXS_CHECK_NAME - 1);
      nxs_check_stop(item);
    }
    strncpy(one->name, name, NXS_CHECK_NAME - 1);
    one->kind = kind;
    one->element = element;
    one->count = count;
    one->line = (nxs_ulong)line;
    one->offset = offset;
    one->group = 0;
    *used = (offset + bytes + 63) / 64 * 64;
    ++state->declared_count;
  }
  if (is_private) {
    const nxs_ulong at = state->shared_bytes + item->local * state->private_bytes + one->offset;
    nxs_check_clear(state, at, bytes);
    return state->memory + at;
  }
  if (one->group != state->group) nxs_check_clear(state, one->offset, bytes);
  one->group = state->group;
  return state->memory + one->offset;
}

#endif /* NXS_KERNEL_CHECK_ITEMS_H */
