/**
 * @file nxs_kernel_check.h
 * The target of `nexus check`: the macros of nxs_kernel.h for a kernel that is called once per
 * item, as on a GPU, with every access to memory watched. Included by nxs_kernel_cpu.h where
 * NXS_KERNEL_CHECK is defined. Needs -fsanitize=thread without its library:
 * nxs_kernel_check_hooks.h has the functions that it calls.
 */
#ifndef NXS_KERNEL_CHECK_H
#define NXS_KERNEL_CHECK_H

#include <nexus-api/nxs_kernel_check_items.h>

#undef NXS_KERNEL
#undef NXS_KERNEL_OF
#undef NXS_LOCAL_ID
#undef NXS_GROUP_ID
#undef NXS_GROUP_SIZE
#undef NXS_NUM_GROUPS
#undef NXS_GLOBAL_ID
#undef NXS_GLOBAL_SIZE
#undef NXS_LOCAL_INDEX
#undef NXS_ITEMS
#undef NXS_BARRIER
#undef NXS_SHARED
#undef NXS_SHARED_DYNAMIC
#undef NXS_PRIVATE
#undef NXS_PRIVATE_ARRAY
#undef NXS_MY
#undef NXS_MY_AT
#undef NXS_GROUP_ATOMIC_ADD
#undef NXS_GROUP_ATOMIC_MIN
#undef NXS_GROUP_ATOMIC_MAX

/* Each use of a dimension is noted, as one of items or of groups only: launches have as many
 * dimensions as a kernel uses. */
#define NXS_OF_GROUPS(D, VALUE) (nxs_check_use(NXS_CHECK_OF_GROUPS + D), (VALUE))
#define NXS_OF(D, VALUE) (nxs_check_use(D), (VALUE))
#define NXS_LOCAL_ID(D) NXS_OF(D, NXS_IN_ITEMS(nxs_local_##D))
#define NXS_GROUP_ID(D) NXS_OF_GROUPS(D, nxs_group.id[D])
#define NXS_GROUP_SIZE(D) NXS_OF(D, nxs_group.size[D])
#define NXS_NUM_GROUPS(D) NXS_OF_GROUPS(D, nxs_group.count[D])
#define NXS_GLOBAL_SIZE(D) NXS_OF(D, nxs_group.count[D] * nxs_group.size[D])
#define NXS_GLOBAL_ID(D) \
  NXS_OF(D, NXS_IN_ITEMS(nxs_group.id[D] * nxs_group.size[D] + nxs_local_##D))
#define NXS_LOCAL_INDEX \
  NXS_IN_ITEMS((nxs_local_2 * nxs_group.size[1] + nxs_local_1) * nxs_group.size[0] + nxs_local_0)

#define NXS_ITEMS                                                                   \
  for (nxs_int nxs_place = nxs_check_open(nxs_item), nxs_local_0 = nxs_item->id[0], \
               nxs_local_1 = nxs_item->id[1], nxs_local_2 = nxs_item->id[2];        \
       (void)nxs_local_0, (void)nxs_local_1, (void)nxs_local_2, nxs_place;          \
       nxs_place = nxs_check_close(nxs_item))
#define NXS_BARRIER NXS_BARRIER_AND(nxs_check_barrier(nxs_item, __LINE__))

#define NXS_OBJECT(KIND, TYPE, NAME, COUNT) \
  (TYPE *)nxs_check_object(nxs_item, KIND, #NAME, sizeof(TYPE), COUNT, __LINE__)
#define NXS_SHARED(TYPE, NAME, COUNT) \
  TYPE *const NAME = NXS_OBJECT(NXS_CHECK_SHARED, TYPE, NAME, COUNT)
#define NXS_SHARED_DYNAMIC(TYPE, NAME) \
  TYPE *const NAME =                   \
      NXS_OBJECT(NXS_CHECK_DYNAMIC, TYPE, NAME, nxs_check_dynamic(nxs_item, sizeof(TYPE)))
#define NXS_PRIVATE(TYPE, NAME) NXS_PRIVATE_ARRAY(TYPE, NAME, 1)
#define NXS_PRIVATE_ARRAY(TYPE, NAME, COUNT) \
  TYPE *const nxs_my_##NAME = NXS_OBJECT(NXS_CHECK_PRIVATE, TYPE, NAME, COUNT)
#define NXS_MY(NAME) NXS_MY_AT(NAME, 0)
#define NXS_MY_AT(NAME, K) (nxs_my_##NAME[NXS_IN_ITEMS((K))])

#define NXS_GROUP_ATOMIC_ADD(ADDRESS, VALUE) NXS_ATOMIC_ADD(ADDRESS, VALUE)
#define NXS_GROUP_ATOMIC_MIN(ADDRESS, VALUE) NXS_ATOMIC_MIN(ADDRESS, VALUE)
#define NXS_GROUP_ATOMIC_MAX(ADDRESS, VALUE) NXS_ATOMIC_MAX(ADDRESS, VALUE)

/* The value of argument I. */
#define NXS_FETCH(I, KIND, TYPE, NAME) , NXS_VALUE_##KIND(TYPE, nxs_check->argument[I].address)

/* A plain function of the CPU plugin, called once per item with the state of the check. */
#define NXS_KERNEL(...) \
  NXS_KERNEL_COUNTED(NXS_COUNT(nxs_watched_##__VA_ARGS__), nxs_watched_##__VA_ARGS__, ~)
/* clang-format off */
#define NXS_KERNEL_OF(COUNT, NAME, ...)                                                    \
  static void NAME##_body(nxs_check_item *nxs_item, const nxs_kernel_group nxs_group       \
                          NXS_EACH_##COUNT(NXS_PARAMETER, NXS_NOTHING, 0, __VA_ARGS__));   \
  NXS_EXTERN_C NXS_API_EXPORT NXS_UNWATCHED void NAME(                                     \
      nxs_check_state *nxs_check, const nxs_int *nxs_size, const nxs_int *nxs_id,          \
      void *nxs_shared, void *nxs_wait) {                                                  \
    nxs_check_item nxs_this;                                                               \
    (void)nxs_shared;                                                                      \
    if (!nxs_check_begin(&nxs_this, nxs_check, nxs_size, nxs_id, nxs_wait)) return;        \
    if (sigsetjmp(nxs_this.escape, 1) == 0) {                                              \
      NAME##_body(&nxs_this, nxs_this.group                                                \
                  NXS_EACH_##COUNT(NXS_FETCH, NXS_NOTHING, 0, __VA_ARGS__));               \
      nxs_check_end(&nxs_this);                                                            \
    }                                                                                      \
    nxs_check_current = NULL;                                                              \
  }                                                                                        \
  static void NAME##_body(nxs_check_item *nxs_item NXS_UNUSED,                             \
                          const nxs_kernel_group nxs_group NXS_UNUSED                      \
                          NXS_EACH_##COUNT(NXS_PARAMETER, NXS_NOTHING, 0, __VA_ARGS__))
/* clang-format on */

#include <nexus-api/nxs_kernel_check_hooks.h>

#endif /* NXS_KERNEL_CHECK_H */
