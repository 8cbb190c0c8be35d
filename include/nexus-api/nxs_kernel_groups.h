/**
 * @file nxs_kernel_groups.h
 * What nxs_kernel_cpu.h needs to run the groups of a launch one after the other. Kernels do not
 * use it by name.
 */
#ifndef NXS_KERNEL_GROUPS_H
#define NXS_KERNEL_GROUPS_H

#include <nexus-api/nxs_kernel_descriptor.h>

#if defined(__cplusplus)
#define NXS_EXTERN_C extern "C"
#define NXS_ASSERT static_assert
#else
#define NXS_EXTERN_C extern
#define NXS_ASSERT _Static_assert
#endif

#if defined(_MSC_VER)
#define NXS_INLINE __forceinline
#define NXS_ALIGNED __declspec(align(64))
#define NXS_UNUSED
#else
#define NXS_INLINE inline __attribute__((always_inline))
#define NXS_ALIGNED __attribute__((aligned(64)))
#define NXS_UNUSED __attribute__((unused))
#endif

#if defined(__GNUC__)
#define NXS_SET_FLAG(FLAG) __atomic_store_n(FLAG, 1, __ATOMIC_RELAXED)
#else
#define NXS_SET_FLAG(FLAG) (*(FLAG) = 1)
#endif

/** The group that runs, by value so that the compiler keeps it in registers. */
typedef struct nxs_kernel_group {
  nxs_int id[3];
  nxs_int size[3];
  nxs_int count[3];
  void *shared;
  nxs_int *lacks_shared;
} nxs_kernel_group;

static inline nxs_kernel_group nxs_kernel_first_group(const nxs_kernel_launch *launch,
                                                      nxs_ulong number) {
  nxs_kernel_group group;
  for (int d = 0; d < 3; ++d) {
    const nxs_ulong count = (nxs_ulong)launch->num_groups[d];
    group.id[d] = (nxs_int)(number % count);
    number /= count;
    group.size[d] = launch->group_size[d];
    group.count[d] = launch->num_groups[d];
  }
  group.shared = launch->shared;
  group.lacks_shared = launch->lacks_shared;
  return group;
}

static inline void nxs_kernel_next_group(nxs_kernel_group *group) {
  if (++group->id[0] < group->count[0]) return;
  group->id[0] = 0;
  if (++group->id[1] < group->count[1]) return;
  group->id[1] = 0;
  ++group->id[2];
}

/* Groups of one dimension usually have a multiple of this many items; the compiled loop for them
 * needs no code for the rest. */
#define NXS_VECTOR 16

/* How many times NXS_VECTOR items the group has; 0 for other sizes and for more dimensions. */
static inline nxs_int nxs_kernel_vectors(const nxs_kernel_group *group) {
  const nxs_int size = group->size[0];
  const nxs_int flat = group->size[1] == 1 && group->size[2] == 1;
  return flat && size % NXS_VECTOR == 0 ? size / NXS_VECTOR : 0;
}

/* Streaming: a group writes its part of an NXS_OUT_ONCE argument to a tile, small enough for the
 * nearest cache, which is then stored past the caches. */

#if defined(__GNUC__) && defined(__x86_64__)
#define NXS_CAN_STREAM 1
typedef nxs_long nxs_kernel_block __attribute__((vector_size(16), may_alias));

/* Both addresses and the size are multiples of 16. */
static inline void nxs_kernel_stream(void *to, const void *from, nxs_ulong bytes) {
  for (nxs_ulong at = 0; at < bytes; at += sizeof(nxs_kernel_block)) {
    nxs_kernel_block *const target = (nxs_kernel_block *)((char *)to + at);
    const nxs_kernel_block block = *(const nxs_kernel_block *)((const char *)from + at);
#if defined(__AVX__)
    __asm__ volatile("vmovntdq %1, %0" : "=m"(*target) : "x"(block));
#else
    __asm__ volatile("movntdq %1, %0" : "=m"(*target) : "x"(block));
#endif
  }
}

/* Makes what was streamed visible to other threads like ordinary stores. */
static inline void nxs_kernel_finish_stream(void) { __asm__ volatile("sfence" ::: "memory"); }
#else
#define NXS_CAN_STREAM 0
static inline void nxs_kernel_stream(void *to, const void *from, nxs_ulong bytes) {
  (void)to, (void)from, (void)bytes;
}
static inline void nxs_kernel_finish_stream(void) {}
#endif

/* Whether to stream. `bytes`: of the buffers' elements that an item uses; `places`: the addresses
 * of the buffers to stream to, or-ed, 0 where there are none. */
static inline nxs_int nxs_kernel_streams(const nxs_kernel_launch *launch, nxs_ulong bytes,
                                         nxs_ulong places) {
  const nxs_ulong items = (nxs_ulong)launch->num_groups[0] * (nxs_ulong)launch->group_size[0];
  return NXS_CAN_STREAM && places != 0 && places % sizeof(nxs_long[2]) == 0 &&
         launch->group_size[0] <= NXS_KERNEL_MAX_GROUP && launch->num_groups[1] == 1 &&
         launch->num_groups[2] == 1 && launch->stream_least != 0 &&
         items * bytes >= launch->stream_least;
}

#endif /* NXS_KERNEL_GROUPS_H */
