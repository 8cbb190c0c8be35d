/**
 * @file nxs_kernel_gpu.h
 * The macros of nxs_kernel.h, which documents them, for GPUs. A kernel becomes a kernel of the
 * device's own language, with the items of a group side by side. Includes no header of the system,
 * since some compilers of devices know none.
 */
#ifndef NXS_KERNEL_GPU_H
#define NXS_KERNEL_GPU_H

#include <nexus-api/nxs_kernel_list.h>

#if defined(__METAL_VERSION__)
#include <nexus-api/nxs_kernel_metal.h>
#elif defined(__OPENCL_VERSION__)
#include <nexus-api/nxs_kernel_opencl.h>
#else
#include <nexus-api/nxs_kernel_cuda.h>
#endif

#define NXS_IN(TYPE, NAME) (NXS_KernelArg_In, TYPE, NAME)
#define NXS_OUT(TYPE, NAME) (NXS_KernelArg_Out, TYPE, NAME)
#define NXS_OUT_ONCE(TYPE, NAME) (NXS_KernelArg_Out, TYPE, NAME)
#define NXS_SCALAR(TYPE, NAME) (NXS_KernelArg_Scalar, TYPE, NAME)

/* The name is pasted before anything expands it, since it may be the name of a macro or of a
 * function of the device's language. */
#define NXS_KERNEL(...) \
  NXS_KERNEL_COUNTED(NXS_COUNT(nxs_kernel_##__VA_ARGS__), nxs_kernel_##__VA_ARGS__, ~)
#define NXS_KERNEL_COUNTED(COUNT, ...) NXS_KERNEL_OF(COUNT, __VA_ARGS__)
#define NXS_KERNEL_OF(COUNT, NAME, ...)    \
  NXS_DESCRIPTOR(COUNT, NAME, __VA_ARGS__) \
  NXS_ENTRY(NAME)(NXS_PARAMETERS(COUNT, __VA_ARGS__))
#define NXS_PARAMETER(I, KIND, TYPE, NAME) NXS_PARAMETER_##KIND(I, TYPE, NAME)
#define NXS_PARAMETER_AND_COMMA(I, KIND, TYPE, NAME) NXS_PARAMETER_##KIND(I, TYPE, NAME),

/* The macros that belong inside of item blocks and outside of them read the size of nxs_place: 1
 * outside; inside, that of the variable which NXS_ITEMS declares under the same name. */
typedef char nxs_place;
struct nxs_item {
  nxs_int id[3], more;
};

/* A loop of one turn, so that `continue` ends the item here too. */
#define NXS_ITEMS                                                                    \
  for (struct nxs_item nxs_place = {{NXS_DEVICE_LOCAL_ID(0), NXS_DEVICE_LOCAL_ID(1), \
                                     NXS_DEVICE_LOCAL_ID(2)},                        \
                                    1};                                              \
       nxs_place.more; nxs_place.more = 0)

#define NXS_ASSERT_IN_ITEMS                                                               \
  NXS_ASSERT(sizeof(nxs_place) > 1,                                                       \
             "the index of an item is used outside of an item block: there is none, put " \
             "NXS_ITEMS { } around it")
/* The value of an expression behind an assertion. */
#if defined(__clang__)
#define NXS_IN_ITEMS(VALUE) \
  (__extension__({          \
    NXS_ASSERT_IN_ITEMS;    \
    (VALUE);                \
  }))
#else
#define NXS_IN_ITEMS(VALUE) \
  ([&] {                    \
    NXS_ASSERT_IN_ITEMS;    \
    return (VALUE);         \
  }())
#endif
#define NXS_LOCAL_ID(D) NXS_IN_ITEMS(nxs_place.id[D])
#define NXS_GLOBAL_ID(D) NXS_IN_ITEMS(NXS_GROUP_ID(D) * NXS_GROUP_SIZE(D) + nxs_place.id[D])
#define NXS_GLOBAL_SIZE(D) (NXS_NUM_GROUPS(D) * NXS_GROUP_SIZE(D))
#define NXS_LOCAL_INDEX                                                                      \
  NXS_IN_ITEMS((nxs_place.id[2] * NXS_GROUP_SIZE(1) + nxs_place.id[1]) * NXS_GROUP_SIZE(0) + \
               nxs_place.id[0])

#define NXS_BARRIER                                                                               \
  do {                                                                                            \
    NXS_ASSERT(sizeof(nxs_place) == 1,                                                            \
               "NXS_BARRIER is inside an item block: end the block before it, and begin another " \
               "after it");                                                                       \
    NXS_DEVICE_BARRIER;                                                                           \
  } while (0)

#define NXS_SHARED(TYPE, NAME, COUNT) NXS_SHARED_SPACE TYPE NAME[COUNT]
#define NXS_SHARED_DYNAMIC(TYPE, NAME) \
  NXS_USES_DYNAMIC                     \
  NXS_GROUP_SPACE TYPE *const NAME = (NXS_GROUP_SPACE TYPE *)nxs_dynamic

#define NXS_PRIVATE(TYPE, NAME) TYPE nxs_my_##NAME
#define NXS_MY(NAME) nxs_my_##NAME
#define NXS_PRIVATE_ARRAY(TYPE, NAME, COUNT) TYPE nxs_my_##NAME[COUNT]
#define NXS_MY_AT(NAME, K) (nxs_my_##NAME[K])

/* Atomic operations take both kinds of addresses. */
#define NXS_GROUP_ATOMIC_ADD(ADDRESS, VALUE) NXS_ATOMIC_ADD(ADDRESS, VALUE)
#define NXS_GROUP_ATOMIC_MIN(ADDRESS, VALUE) NXS_ATOMIC_MIN(ADDRESS, VALUE)
#define NXS_GROUP_ATOMIC_MAX(ADDRESS, VALUE) NXS_ATOMIC_MAX(ADDRESS, VALUE)

#endif /* NXS_KERNEL_GPU_H */
