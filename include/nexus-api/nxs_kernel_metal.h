/**
 * @file nxs_kernel_metal.h
 * What nxs_kernel_gpu.h needs of the Metal Shading Language.
 */
#ifndef NXS_KERNEL_METAL_H
#define NXS_KERNEL_METAL_H

#include <metal_stdlib>

typedef char nxs_char;
typedef uchar nxs_uchar;
typedef short nxs_short;
typedef ushort nxs_ushort;
typedef int nxs_int;
typedef uint nxs_uint;
typedef long nxs_long;
typedef ulong nxs_ulong;

#define NXS_ENTRY(NAME) kernel void NAME
#define NXS_PARAMETERS(COUNT, ...)                                       \
  NXS_EACH_##COUNT(NXS_PARAMETER_AND_COMMA, NXS_NOTHING, 0, __VA_ARGS__) \
      threadgroup uchar *nxs_dynamic [[threadgroup(0)]],                 \
      uint3 nxs_local_id [[thread_position_in_threadgroup]],             \
      uint3 nxs_group_id [[threadgroup_position_in_grid]],               \
      uint3 nxs_group_size [[threads_per_threadgroup]],                  \
      uint3 nxs_num_groups [[threadgroups_per_grid]]
#define NXS_PARAMETER_NXS_KernelArg_In(I, TYPE, NAME) device const TYPE *NAME [[buffer(I)]]
#define NXS_PARAMETER_NXS_KernelArg_Out(I, TYPE, NAME) device TYPE *NAME [[buffer(I)]]
#define NXS_PARAMETER_NXS_KernelArg_Scalar(I, TYPE, NAME) constant TYPE &NAME [[buffer(I)]]
#define NXS_DESCRIPTOR(COUNT, NAME, ...) \
  static_assert(COUNT <= 31, "a kernel takes at most 31 arguments");

#define NXS_DEVICE_LOCAL_ID(D) ((nxs_int)nxs_local_id[D])
#define NXS_GROUP_ID(D) ((nxs_int)nxs_group_id[D])
#define NXS_GROUP_SIZE(D) ((nxs_int)nxs_group_size[D])
#define NXS_NUM_GROUPS(D) ((nxs_int)nxs_num_groups[D])
#define NXS_DEVICE_BARRIER \
  metal::threadgroup_barrier(metal::mem_flags::mem_device | metal::mem_flags::mem_threadgroup)
#define NXS_ASSERT static_assert

#define NXS_GLOBAL_SPACE device
#define NXS_GROUP_SPACE threadgroup
#define NXS_SHARED_SPACE threadgroup
#define NXS_USES_DYNAMIC
#define NXS_CONSTANT constant
#define NXS_FUNCTION static inline

#define NXS_ATOMIC(NAME, TYPE, SPACE)                                                         \
  static inline TYPE nxs_atomic_##NAME(SPACE TYPE *address, TYPE value) {                     \
    return metal::atomic_fetch_##NAME##_explicit((SPACE metal::atomic<TYPE> *)address, value, \
                                                 metal::memory_order_relaxed);                \
  }
#define NXS_ATOMICS(NAME)            \
  NXS_ATOMIC(NAME, int, device)      \
  NXS_ATOMIC(NAME, uint, device)     \
  NXS_ATOMIC(NAME, int, threadgroup) \
  NXS_ATOMIC(NAME, uint, threadgroup)
NXS_ATOMICS(add)
NXS_ATOMICS(min)
NXS_ATOMICS(max)
#define NXS_ATOMIC_ADD(ADDRESS, VALUE) nxs_atomic_add(ADDRESS, VALUE)
#define NXS_ATOMIC_MIN(ADDRESS, VALUE) nxs_atomic_min(ADDRESS, VALUE)
#define NXS_ATOMIC_MAX(ADDRESS, VALUE) nxs_atomic_max(ADDRESS, VALUE)

#define NXS_LOAD_HALF(ADDRESS, I) ((float)((device const half *)(ADDRESS))[I])
#define NXS_STORE_HALF(ADDRESS, I, VALUE) (((device half *)(ADDRESS))[I] = (half)(VALUE))

#define NXS_MATH_1(NAME) \
  static inline float NAME##f(float x) { return metal::NAME(x); }
#define NXS_MATH_2(NAME) \
  static inline float NAME##f(float x, float y) { return metal::NAME(x, y); }
#include <nexus-api/nxs_kernel_math.h>

#endif /* NXS_KERNEL_METAL_H */
