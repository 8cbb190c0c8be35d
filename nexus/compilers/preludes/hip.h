/* What HIP's compiler declares before a source that nxs_kernel_cuda.h uses, for a Clang alone. */
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))

struct nxs_hip_index {
  unsigned x, y, z;
};
extern const __device__ nxs_hip_index threadIdx, blockIdx, blockDim, gridDim;

__device__ void __syncthreads();

#define NXS_HIP_ATOMICS(TYPE)              \
  __device__ TYPE atomicAdd(TYPE *, TYPE); \
  __device__ TYPE atomicMin(TYPE *, TYPE); \
  __device__ TYPE atomicMax(TYPE *, TYPE);
NXS_HIP_ATOMICS(int)
NXS_HIP_ATOMICS(unsigned)

#define NXS_MATH_1(NAME) extern "C" __device__ float NAME##f(float);
#define NXS_MATH_2(NAME) extern "C" __device__ float NAME##f(float, float);
#include <nexus-api/nxs_kernel_math.h>
#undef NXS_MATH_1
#undef NXS_MATH_2
