/**
 * @file nxs_kernel_check_memory.h
 * Watches the memory of a kernel that `nexus check` runs: races, bounds, and what nobody has
 * written yet. Part of nxs_kernel_check.h.
 */
#ifndef NXS_KERNEL_CHECK_MEMORY_H
#define NXS_KERNEL_CHECK_MEMORY_H

#include <nexus-api/nxs_kernel_check_state.h>
#include <string.h>

#if defined(__clang__)
#define NXS_UNWATCHED __attribute__((disable_sanitizer_instrumentation, unused))
#else
/* What watches is fast where the kernel is compiled as it stands. */
#define NXS_UNWATCHED \
  __attribute__((no_sanitize_thread, no_sanitize_undefined, unused, optimize("O2")))
#endif
#define NXS_CHECK_FUNCTION static NXS_UNWATCHED

/* Objects lie so far apart, in bytes, that an index that is a little wrong meets none. */
#define NXS_CHECK_GAP 512

/* The item that runs; NULL between two of them. */
static nxs_check_item *volatile nxs_check_current;

/* Places in the code are told relative to it. */
NXS_EXTERN_C NXS_API_EXPORT const char nxs_check_anchor;
const char nxs_check_anchor = 0;

NXS_CHECK_FUNCTION nxs_long nxs_check_place(const void *code) {
  return code ? (nxs_long)((nxs_ulong)code - (nxs_ulong)&nxs_check_anchor) : 0;
}

/* Returns the finding to fill in; NULL if it is known already, or there are too many. */
NXS_CHECK_FUNCTION nxs_check_finding *nxs_check_find(nxs_check_item *item, nxs_ulong kind,
                                                     nxs_long at, nxs_long other_at) {
  nxs_check_state *const state = item->state;
  for (nxs_ulong i = 0; i < state->finding_count; ++i) {
    const nxs_check_finding *const known = &state->finding[i];
    if (known->kind == kind && known->at == at && known->other_at == other_at) return NULL;
  }
  if (state->finding_count == NXS_CHECK_FINDINGS) return NULL;
  nxs_check_finding *const found = &state->finding[state->finding_count++];
  memset(found, 0, sizeof *found);
  found->kind = kind;
  found->at = at;
  found->other_at = other_at;
  found->object = -1;
  found->item = (nxs_long)item->global;
  found->other_item = -1;
  return found;
}

/* Ends the item, and those that run after it, since it cannot go on. */
NXS_CHECK_FUNCTION void nxs_check_stop(nxs_check_item *item) {
  item->state->halted = 1;
  nxs_check_current = NULL;
  siglongjmp(item->escape, 1);
}

/* Where an address lies. */
typedef struct nxs_check_spot {
  nxs_check_cell *cells;
  nxs_long object, offset;
  nxs_int outside;
} nxs_check_spot;

NXS_CHECK_FUNCTION nxs_int nxs_check_near(nxs_ulong address, nxs_ulong begin, nxs_ulong bytes) {
  return address + NXS_CHECK_GAP / 2 >= begin && address < begin + bytes + NXS_CHECK_GAP / 2;
}

NXS_CHECK_FUNCTION void nxs_check_fill(nxs_check_spot *spot, nxs_long object, nxs_ulong address,
                                       nxs_ulong size, nxs_ulong begin, nxs_ulong bytes,
                                       nxs_check_cell *cells) {
  spot->object = object;
  spot->offset = (nxs_long)(address - begin);
  spot->outside = address < begin || address + size > begin + bytes;
  spot->cells = spot->outside ? NULL : cells + (address - begin);
}

/* Whether an address that is in no object is the item's own: a variable on its stack, between this
 * frame and the item; or a table of constants in the library. */
NXS_CHECK_FUNCTION nxs_int nxs_check_is_own(const nxs_check_item *item, nxs_ulong address) {
  const nxs_ulong library = (nxs_ulong)&nxs_check_anchor, most = 1 << 20;
  if (address > library - most && address < library + most) return 1;
  return address >= (nxs_ulong)__builtin_frame_address(0) && address < (nxs_ulong)(item + 1);
}

/* The argument that an address in no object is nearest to. */
NXS_CHECK_FUNCTION void nxs_check_take_nearest(const nxs_check_state *state, nxs_ulong address,
                                               nxs_check_spot *spot) {
  nxs_ulong least = ~(nxs_ulong)0;
  spot->outside = 1;
  for (nxs_ulong i = 0; i < state->argument_count; ++i) {
    const nxs_ulong begin = (nxs_ulong)state->argument[i].address;
    const nxs_ulong distance = address < begin ? begin - address : address - begin;
    if (!state->argument[i].cells || distance >= least) continue;
    least = distance;
    spot->object = (nxs_long)i;
    spot->offset = (nxs_long)(address - begin);
  }
}

/* Finds the object at or near an address; none for memory that is the item's own. */
NXS_CHECK_FUNCTION nxs_check_spot nxs_check_locate(const nxs_check_item *item, nxs_ulong address,
                                                   nxs_ulong size) {
  nxs_check_state *const state = item->state;
  nxs_check_spot spot = {NULL, -1, 0, 0};
  for (nxs_ulong i = 0; i < state->argument_count; ++i) {
    const nxs_check_argument *const argument = &state->argument[i];
    const nxs_ulong begin = (nxs_ulong)argument->address;
    if (!argument->cells || !nxs_check_near(address, begin, argument->bytes)) continue;
    nxs_check_fill(&spot, (nxs_long)i, address, size, begin, argument->bytes, argument->cells);
    return spot;
  }
  const nxs_ulong memory = (nxs_ulong)state->memory, at = address - memory;
  nxs_ulong base = 0;
  const nxs_int is_private = at >= state->shared_bytes;
  if (is_private) base = state->shared_bytes + item->local * state->private_bytes;
  for (nxs_ulong i = 0; i < state->declared_count; ++i) {
    const nxs_check_declared *const one = &state->declared[i];
    if ((one->kind == NXS_CHECK_PRIVATE) != is_private) continue;
    const nxs_ulong begin = memory + base + one->offset, bytes = one->element * one->count;
    if (!nxs_check_near(address, begin, bytes)) continue;
    nxs_check_fill(&spot, (nxs_long)(NXS_CHECK_ARGUMENTS + i), address, size, begin, bytes,
                   state->cells + base + one->offset);
    return spot;
  }
  if (!nxs_check_is_own(item, address)) nxs_check_take_nearest(state, address, &spot);
  return spot;
}

/* Whether two accesses to a byte can be at the same time: by two items with no barrier between
 * them. Groups have none between them. */
NXS_CHECK_FUNCTION nxs_int nxs_check_collide(const nxs_check_record *before,
                                             const nxs_check_record *now) {
  if (before->item == 0 || before->item == now->item) return 0;
  if (!((before->access | now->access) & NXS_CHECK_WRITES)) return 0;
  if (before->access & now->access & NXS_CHECK_ATOMIC) return 0;
  return before->phase == now->phase || before->phase >> 16 != now->phase >> 16;
}

NXS_CHECK_FUNCTION void nxs_check_describe(nxs_check_finding *found, const nxs_check_spot *spot,
                                           nxs_ulong size, nxs_uint access) {
  found->object = spot->object;
  found->offset = spot->offset;
  found->bytes = size;
  found->access = access;
}

NXS_CHECK_FUNCTION void nxs_check_remember(nxs_check_item *item, const nxs_check_spot *spot,
                                           nxs_ulong size, const nxs_check_record *now) {
  for (nxs_ulong i = 0; i < size; ++i) {
    nxs_check_cell *const cell = &spot->cells[i];
    const nxs_check_record *const known[] = {&cell->write[0], &cell->write[1], &cell->read[0],
                                             &cell->read[1]};
    for (nxs_int k = 0; k < 4; ++k) {
      if (!nxs_check_collide(known[k], now)) continue;
      const nxs_long anchor = (nxs_long)(nxs_int)known[k]->pc;
      nxs_check_finding *const found =
          nxs_check_find(item, NXS_CHECK_RACE, (nxs_long)(nxs_int)now->pc, anchor);
      if (!found) continue;
      nxs_check_describe(found, spot, size, now->access);
      found->other_access = known[k]->access;
      found->other_item = (nxs_long)known[k]->item - 1;
    }
    if (now->access & NXS_CHECK_WRITES) {
      if (cell->write[0].phase >> 16 != now->phase >> 16) cell->write[1] = cell->write[0];
      cell->write[0] = *now;
      cell->initialised = 1;
    } else {
      if (cell->read[0].item != now->item) cell->read[1] = cell->read[0];
      cell->read[0] = *now;
    }
  }
}

/* Called before each access to memory that is not the item's own. */
NXS_CHECK_FUNCTION void nxs_check_access(const volatile void *memory, nxs_ulong size,
                                         nxs_uint access, const void *code) {
  nxs_check_item *const item = nxs_check_current;
  if (!item) return;
  nxs_check_state *const state = item->state;
  const nxs_long at = nxs_check_place(code);
  state->last_at = at;
  if (state->halted) nxs_check_stop(item);
  const nxs_check_spot spot = nxs_check_locate(item, (nxs_ulong)memory, size);
  nxs_check_finding *found = NULL;
  if (spot.object < 0 && !spot.outside) return;
  if (spot.outside) {
    found = nxs_check_find(item, NXS_CHECK_BOUNDS, at, 0);
    if (found) nxs_check_describe(found, &spot, size, access);
    nxs_check_stop(item);
  }
  if (spot.object < NXS_CHECK_ARGUMENTS) {
    nxs_check_argument *const argument = &state->argument[spot.object];
    nxs_ulong *const end = access & NXS_CHECK_WRITES ? &argument->write_end : &argument->read_end;
    if ((nxs_ulong)spot.offset + size > *end) *end = (nxs_ulong)spot.offset + size;
  } else if (!access || access & NXS_CHECK_ATOMIC) {
    for (nxs_ulong i = 0; i < size; ++i) {
      if (spot.cells[i].initialised) continue;
      found = nxs_check_find(item, NXS_CHECK_UNINITIALISED, at, 0);
      if (found) nxs_check_describe(found, &spot, size, access);
      spot.cells[i].initialised = 1;
    }
  }
  if (!item->open && access & NXS_CHECK_WRITES) {
    found = nxs_check_find(item, NXS_CHECK_OUTSIDE_ITEMS, at, 0);
    if (found) nxs_check_describe(found, &spot, size, access);
    for (nxs_ulong i = 0; i < size; ++i) spot.cells[i].initialised = 1;
    return;
  }
  const nxs_check_record now = {(nxs_uint)item->global + 1,
                                (nxs_uint)(item->group_number << 16 | item->barriers), (nxs_uint)at,
                                access};
  nxs_check_remember(item, &spot, size, &now);
}

#endif /* NXS_KERNEL_CHECK_MEMORY_H */
