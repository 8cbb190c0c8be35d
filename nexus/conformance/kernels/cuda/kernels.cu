/* The kernels that the conformance kit runs on NVIDIA GPUs; README.md tells what each must do. There
   is none that fails, since nothing works any more in a process after one. */

extern "C" __global__ void add(const float *a, const float *b, float *c, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) c[i] = a[i] + b[i];
}

extern "C" __global__ void fill(int *x, int value, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) x[i] = value;
}

extern "C" __global__ void barrier(const int *x, int *y, int n) {
  __shared__ int part[1024];
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  part[threadIdx.x] = i < n ? x[i] : 0;
  __syncthreads();
  if (i < n) y[i] = part[blockDim.x - 1 - threadIdx.x];
}

extern "C" __global__ void endless(int *x) {
  const volatile int *const flag = x;
  while (*flag == 0) continue;
}
