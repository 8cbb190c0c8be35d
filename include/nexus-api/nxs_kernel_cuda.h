/**
 * @file nxs_kernel_cuda.h
 * What nxs_kernel_gpu.h needs of CUDA C++ and HIP.
 */
#ifndef NXS_KERNEL_CUDA_H
#define NXS_KERNEL_CUDA_H

#include <nexus-api/nxs_kernel_table.h>

typedef signed char nxs_char;
typedef unsigned char nxs_uchar;
typedef short nxs_short;
typedef unsigned short nxs_ushort;
typedef int nxs_int;
typedef unsigned nxs_uint;
typedef long long nxs_long;
typedef unsigned long long nxs_ulong;

#define NXS_ENTRY(NAME) extern "C" __global__ void NAME
#define NXS_PARAMETERS(COUNT, ...) NXS_EACH_##COUNT(NXS_PARAMETER, NXS_COMMA, 0, __VA_ARGS__)
#define NXS_PARAMETER_NXS_KernelArg_In(I, TYPE, NAME) const TYPE *const NAME
#define NXS_PARAMETER_NXS_KernelArg_Out(I, TYPE, NAME) TYPE *const NAME
#define NXS_PARAMETER_NXS_KernelArg_Scalar(I, TYPE, NAME) const TYPE NAME

#define NXS_AXIS_0 x
#define NXS_AXIS_1 y
#define NXS_AXIS_2 z
#define NXS_DEVICE_LOCAL_ID(D) ((nxs_int)threadIdx.NXS_AXIS_##D)
#define NXS_GROUP_ID(D) ((nxs_int)blockIdx.NXS_AXIS_##D)
#define NXS_GROUP_SIZE(D) ((nxs_int)blockDim.NXS_AXIS_##D)
#define NXS_NUM_GROUPS(D) ((nxs_int)gridDim.NXS_AXIS_##D)
#define NXS_DEVICE_BARRIER __syncthreads()
#define NXS_ASSERT static_assert

#define NXS_GLOBAL_SPACE
#define NXS_GROUP_SPACE
#define NXS_SHARED_SPACE __shared__
#define NXS_CONSTANT static __constant__ const
#define NXS_FUNCTION static __device__ inline
extern __shared__ __attribute__((aligned(16))) unsigned char nxs_dynamic[];
/* Tells the host that a launch must ask for shared memory. HIP keeps no such variable. */
#if defined(__HIP__) || defined(__HIPCC__)
#define NXS_USES_DYNAMIC
#else
#define NXS_USES_DYNAMIC \
  static __device__ __attribute__((used)) const unsigned char nxs_uses_dynamic = 1;
#endif

#define NXS_ATOMIC_ADD(ADDRESS, VALUE) atomicAdd(ADDRESS, VALUE)
#define NXS_ATOMIC_MIN(ADDRESS, VALUE) atomicMin(ADDRESS, VALUE)
#define NXS_ATOMIC_MAX(ADDRESS, VALUE) atomicMax(ADDRESS, VALUE)

#define NXS_LOAD_HALF(ADDRESS, I) nxs_load_half((ADDRESS) + (I))
#define NXS_STORE_HALF(ADDRESS, I, VALUE) nxs_store_half((ADDRESS) + (I), VALUE)
#if defined(__HIP__) || defined(__HIPCC__)
static __device__ inline float nxs_load_half(const nxs_ushort *address) {
  return (float)*(const _Float16 *)address;
}
static __device__ inline void nxs_store_half(nxs_ushort *address, float value) {
  *(_Float16 *)address = (_Float16)value;
}
#else
/* Instructions, since the type is in a header that NVIDIA's run-time compiler need not find. */
static __device__ inline float nxs_load_half(const nxs_ushort *address) {
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(*address));
  return value;
}
static __device__ inline void nxs_store_half(nxs_ushort *address, float value) {
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(*address) : "f"(value));
}
#endif

/* For the host: a table beside each kernel, in the module's memory, with the kinds, nxs_data_types,
 * sizes and names of its arguments. */
template <class T>
struct nxs_type {
  enum { value = 0 };
};
#define NXS_TYPE_IS(TYPE, NUMBER) \
  template <>                     \
  struct nxs_type<TYPE> {         \
    enum { value = NUMBER };      \
  };
NXS_TYPE_IS(float, 1)
NXS_TYPE_IS(double, 16)
NXS_TYPE_IS(bool, 19)
NXS_TYPE_IS(char, 12)
NXS_TYPE_IS(signed char, 12)
NXS_TYPE_IS(unsigned char, 13)
NXS_TYPE_IS(short, 10)
NXS_TYPE_IS(unsigned short, 11)
NXS_TYPE_IS(int, 8)
NXS_TYPE_IS(unsigned, 9)
NXS_TYPE_IS(long, sizeof(long) == 8 ? 17 : 8)
NXS_TYPE_IS(unsigned long, sizeof(long) == 8 ? 18 : 9)
NXS_TYPE_IS(long long, 17)
NXS_TYPE_IS(unsigned long long, 18)

enum { NXS_KernelArg_In, NXS_KernelArg_Out, NXS_KernelArg_Scalar };
#define NXS_DESCRIBE(I, KIND, TYPE, NAME) {KIND, nxs_type<TYPE>::value, sizeof(TYPE), #NAME},
#define NXS_DESCRIPTOR(COUNT, NAME, ...)                                           \
  extern "C" {                                                                     \
  struct NAME##_table {                                                            \
    nxs_gpu_table head;                                                            \
    nxs_gpu_argument arguments[COUNT + 1];                                         \
  };                                                                               \
  extern __device__ const NAME##_table NAME##_arguments;                           \
  __device__ const NAME##_table NAME##_arguments = {                               \
      {NXS_KERNEL_TABLE_VERSION, COUNT},                                           \
      {NXS_EACH_##COUNT(NXS_DESCRIBE, NXS_NOTHING, 0, __VA_ARGS__){0, 0, 0, ""}}}; \
  }

#endif /* NXS_KERNEL_CUDA_H */
