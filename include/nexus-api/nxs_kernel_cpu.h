/**
 * @file nxs_kernel_cpu.h
 * The macros of nxs_kernel.h, which documents them, for CPUs. A kernel becomes a function that runs
 * the groups of a launch one after the other, with the items of a group in loops.
 */
#ifndef NXS_KERNEL_CPU_H
#define NXS_KERNEL_CPU_H

#include <math.h>
#include <nexus-api/nxs.h>
#include <nexus-api/nxs_kernel_descriptor.h>
#include <nexus-api/nxs_platform.h>
#ifndef __cplusplus
#include <stdbool.h>
#endif

#define NXS_IN(TYPE, NAME) (NXS_KernelArg_In, TYPE, NAME)
#define NXS_OUT(TYPE, NAME) (NXS_KernelArg_Out, TYPE, NAME)
#define NXS_OUT_ONCE(TYPE, NAME) (NXS_KernelArg_OutOnce, TYPE, NAME)
#define NXS_SCALAR(TYPE, NAME) (NXS_KernelArg_Scalar, TYPE, NAME)

/* The name is pasted before anything expands it, since it may be the name of a macro. */
#define NXS_KERNEL(...) \
  NXS_KERNEL_COUNTED(NXS_COUNT(nxs_kernel_##__VA_ARGS__), nxs_kernel_##__VA_ARGS__, ~)

#define NXS_LOCAL_ID(D) NXS_IN_ITEMS(nxs_local_##D)
#define NXS_GROUP_ID(D) (nxs_group.id[D])
#define NXS_GROUP_SIZE(D) (nxs_group.size[D])
#define NXS_NUM_GROUPS(D) (nxs_group.count[D])
#define NXS_GLOBAL_ID(D) NXS_IN_ITEMS(nxs_group.id[D] * nxs_group.size[D] + nxs_local_##D)
#define NXS_GLOBAL_SIZE(D) (nxs_group.count[D] * nxs_group.size[D])
#define NXS_LOCAL_INDEX \
  NXS_IN_ITEMS((nxs_local_2 * nxs_group.size[1] + nxs_local_1) * nxs_group.size[0] + nxs_local_0)

#if defined(__clang__)
/* Not every loop can be vectorised. */
#pragma clang diagnostic ignored "-Wpass-failed"
#define NXS_INDEPENDENT _Pragma("clang loop vectorize(enable)")
#elif defined(__GNUC__)
#define NXS_INDEPENDENT _Pragma("GCC ivdep")
#else
#define NXS_INDEPENDENT
#endif

/* The CPU plugin recognises an item block by the start of the last loop, and refuses `return` and
 * `break` in it. */
/* clang-format off */
#define NXS_ITEMS                                                                 \
  for (nxs_int nxs_local_2 = 0, nxs_place NXS_UNUSED = 0;                         \
       nxs_local_2 < nxs_group.size[2]; ++nxs_local_2)                            \
    for (nxs_int nxs_local_1 = 0; nxs_local_1 < nxs_group.size[1]; ++nxs_local_1) \
      NXS_INDEPENDENT                                                             \
  for (nxs_int nxs_local_0 = 0; nxs_local_0 < nxs_group.size[0]; ++nxs_local_0)
/* clang-format on */

/* The macros that belong inside of item blocks and outside of them read the size of nxs_place: 1
 * outside; inside, that of the nxs_int which NXS_ITEMS declares under the same name. None of these
 * is ever defined. */
extern const char nxs_place;
extern const nxs_int nxs_local_0, nxs_local_1, nxs_local_2;
#if defined(__GNUC__)
#define NXS_BARRIER NXS_BARRIER_AND(0)
#define NXS_BARRIER_AND(DO)                                                               \
  ((void)__extension__({                                                                  \
    NXS_ASSERT(sizeof nxs_place == 1,                                                     \
               "NXS_BARRIER is inside an item block: end the block before it, and begin " \
               "another after it");                                                       \
    (void)(DO);                                                                           \
    0;                                                                                    \
  }))
#define NXS_IN_ITEMS(VALUE)                                                                 \
  (__extension__({                                                                          \
    NXS_ASSERT(sizeof nxs_place > 1,                                                        \
               "the index of an item is used outside of an item block: there is none, put " \
               "NXS_ITEMS { } around it");                                                  \
    (VALUE);                                                                                \
  }))
#else
#define NXS_BARRIER ((void)0)
#define NXS_IN_ITEMS(VALUE) (VALUE)
#endif

#define NXS_GLOBAL_SPACE
#define NXS_GROUP_SPACE
#define NXS_FUNCTION static inline
#define NXS_CONSTANT static const

#define NXS_SHARED(TYPE, NAME, COUNT) NXS_ALIGNED TYPE NAME[COUNT]
#define NXS_SHARED_DYNAMIC(TYPE, NAME)         \
  TYPE *const NAME = (TYPE *)nxs_group.shared; \
  if (!NAME) {                                 \
    NXS_SET_FLAG(nxs_group.lacks_shared);      \
    return;                                    \
  }                                            \
  (void)0

#define NXS_PRIVATE(TYPE, NAME) NXS_ALIGNED TYPE nxs_my_##NAME[NXS_KERNEL_MAX_GROUP]
#define NXS_MY(NAME) (nxs_my_##NAME[NXS_LOCAL_INDEX])
#define NXS_PRIVATE_ARRAY(TYPE, NAME, COUNT) \
  NXS_ALIGNED TYPE nxs_my_##NAME[COUNT][NXS_KERNEL_MAX_GROUP]
#define NXS_MY_AT(NAME, K) (nxs_my_##NAME[K][NXS_LOCAL_INDEX])

#include <nexus-api/nxs_kernel_arguments.h>
#include <nexus-api/nxs_kernel_atomic.h>
#include <nexus-api/nxs_kernel_groups.h>
#include <nexus-api/nxs_kernel_half.h>

/**
 * How the plain functions of a library are called; a library that does not define it has functions
 * that are called once per item (1). `const int nxs_kernel_convention = 2;` is for functions that
 * are called once per lane and range of groups. No kernel can have the name `convention`.
 */
#ifdef __cplusplus
extern "C" NXS_API_EXPORT const int nxs_kernel_convention;
#else
extern NXS_API_EXPORT const int nxs_kernel_convention;
#endif

#define NXS_KERNEL_COUNTED(COUNT, ...) NXS_KERNEL_OF(COUNT, __VA_ARGS__)

/* Declares the body, defines what the host looks up, and ends with the head of the body. */
/* clang-format off */
#define NXS_KERNEL_OF(COUNT, NAME, ...)                                                   \
  static NXS_INLINE void NAME##_body(                                                     \
      const nxs_kernel_group nxs_group NXS_UNUSED                                         \
          NXS_EACH_##COUNT(NXS_PARAMETER, NXS_NOTHING, 0, __VA_ARGS__));                  \
  static const nxs_kernel_arg NAME##_args[] = {                                           \
      NXS_EACH_##COUNT(NXS_DESCRIBE, NXS_NOTHING, 0, __VA_ARGS__){NULL, 0, 0, 0}};        \
  static void NAME##_run(const nxs_kernel_launch *nxs_launch, nxs_ulong nxs_begin,        \
                         nxs_ulong nxs_end) {                                             \
    nxs_kernel_group nxs_next = nxs_kernel_first_group(nxs_launch, nxs_begin);            \
    NXS_EACH_##COUNT(NXS_LOAD, NXS_NOTHING, 0, __VA_ARGS__)                               \
    const nxs_int nxs_vectors = nxs_kernel_vectors(&nxs_next);                            \
    if (nxs_vectors) {                                                                    \
      NXS_EACH_##COUNT(NXS_TILE, NXS_NOTHING, 0, __VA_ARGS__)                             \
      const nxs_int nxs_tiled = nxs_kernel_streams(                                       \
          nxs_launch, 0 NXS_EACH_##COUNT(NXS_BYTES, NXS_NOTHING, 0, __VA_ARGS__),         \
          0 NXS_EACH_##COUNT(NXS_PLACE, NXS_NOTHING, 0, __VA_ARGS__));                    \
      nxs_next.size[1] = nxs_next.size[2] = 1;                                            \
      for (; nxs_tiled && nxs_begin < nxs_end; ++nxs_begin) {                             \
        nxs_next.size[0] = nxs_vectors * NXS_VECTOR;                                      \
        NAME##_body(nxs_next NXS_EACH_##COUNT(NXS_PASS_TILE, NXS_NOTHING, 0, __VA_ARGS__));\
        NXS_EACH_##COUNT(NXS_STREAM, NXS_NOTHING, 0, __VA_ARGS__)                         \
        nxs_kernel_next_group(&nxs_next);                                                 \
      }                                                                                   \
      if (nxs_tiled) nxs_kernel_finish_stream();                                          \
      for (; nxs_begin < nxs_end; ++nxs_begin) {                                          \
        nxs_next.size[0] = nxs_vectors * NXS_VECTOR;                                      \
        NAME##_body(nxs_next NXS_EACH_##COUNT(NXS_PASS, NXS_NOTHING, 0, __VA_ARGS__));    \
        nxs_kernel_next_group(&nxs_next);                                                 \
      }                                                                                   \
      return;                                                                             \
    }                                                                                     \
    for (; nxs_begin < nxs_end; ++nxs_begin) {                                            \
      NAME##_body(nxs_next NXS_EACH_##COUNT(NXS_PASS, NXS_NOTHING, 0, __VA_ARGS__));      \
      nxs_kernel_next_group(&nxs_next);                                                   \
    }                                                                                     \
  }                                                                                       \
  NXS_EXTERN_C NXS_API_EXPORT const nxs_kernel_descriptor NAME;                           \
  const nxs_kernel_descriptor NAME = {NXS_KERNEL_DESCRIPTOR_VERSION, COUNT,               \
                                      NAME##_args, NAME##_run};                           \
  static NXS_INLINE void NAME##_body(                                                     \
      const nxs_kernel_group nxs_group NXS_UNUSED                                         \
          NXS_EACH_##COUNT(NXS_PARAMETER, NXS_NOTHING, 0, __VA_ARGS__))
/* clang-format on */

#if defined(NXS_KERNEL_CHECK)
#include <nexus-api/nxs_kernel_check.h>
#endif

#endif /* NXS_KERNEL_CPU_H */
