/**
 * @file nxs_kernel_opencl.h
 * What nxs_kernel_gpu.h needs of OpenCL C. The shared memory whose size a launch gives is the last
 * argument of every kernel.
 */
#ifndef NXS_KERNEL_OPENCL_H
#define NXS_KERNEL_OPENCL_H

typedef char nxs_char;
typedef uchar nxs_uchar;
typedef short nxs_short;
typedef ushort nxs_ushort;
typedef int nxs_int;
typedef uint nxs_uint;
typedef long nxs_long;
typedef ulong nxs_ulong;

#define NXS_ENTRY(NAME) __kernel void NAME
#define NXS_PARAMETERS(COUNT, ...)                                       \
  NXS_EACH_##COUNT(NXS_PARAMETER_AND_COMMA, NXS_NOTHING, 0, __VA_ARGS__) \
      __local uchar *const nxs_dynamic
#define NXS_PARAMETER_NXS_KernelArg_In(I, TYPE, NAME) __global const TYPE *const NAME
#define NXS_PARAMETER_NXS_KernelArg_Out(I, TYPE, NAME) __global TYPE *const NAME
#define NXS_PARAMETER_NXS_KernelArg_Scalar(I, TYPE, NAME) const TYPE NAME
#define NXS_DESCRIPTOR(COUNT, NAME, ...)

#define NXS_DEVICE_LOCAL_ID(D) ((nxs_int)get_local_id(D))
#define NXS_GROUP_ID(D) ((nxs_int)get_group_id(D))
#define NXS_GROUP_SIZE(D) ((nxs_int)get_local_size(D))
#define NXS_NUM_GROUPS(D) ((nxs_int)get_num_groups(D))
#define NXS_DEVICE_BARRIER barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)
#define NXS_ASSERT _Static_assert

#define NXS_GLOBAL_SPACE __global
#define NXS_GROUP_SPACE __local
#define NXS_SHARED_SPACE __local
#define NXS_USES_DYNAMIC
#define NXS_CONSTANT __constant
#define NXS_FUNCTION static inline

#define NXS_ATOMIC_ADD(ADDRESS, VALUE) atomic_add(ADDRESS, VALUE)
#define NXS_ATOMIC_MIN(ADDRESS, VALUE) atomic_min(ADDRESS, VALUE)
#define NXS_ATOMIC_MAX(ADDRESS, VALUE) atomic_max(ADDRESS, VALUE)

#define NXS_LOAD_HALF(ADDRESS, I) vload_half(I, (__global const half *)(ADDRESS))
#define NXS_STORE_HALF(ADDRESS, I, VALUE) vstore_half(VALUE, I, (__global half *)(ADDRESS))

#define NXS_MATH_1(NAME) \
  static inline float NAME##f(float x) { return NAME(x); }
#define NXS_MATH_2(NAME) \
  static inline float NAME##f(float x, float y) { return NAME(x, y); }
#include <nexus-api/nxs_kernel_math.h>

#endif /* NXS_KERNEL_OPENCL_H */
