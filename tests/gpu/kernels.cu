/* The kernels of these tests. */
extern "C" __global__ void add(const float *a, const float *b, float *c, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) c[i] = a[i] + b[i];
}
extern "C" __global__ void scale(float *x, float factor) {
  x[blockIdx.x * blockDim.x + threadIdx.x] *= factor;
}
extern "C" __global__ void scale_if(float *x, float factor, bool on, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (on && i < n) x[i] *= factor;
}
extern "C" __global__ void increment(int *x) { atomicAdd(x, 1); }
extern "C" __global__ void place(int *out) {
  unsigned x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y,
           z = blockIdx.z * blockDim.z + threadIdx.z;
  unsigned width = gridDim.x * blockDim.x, height = gridDim.y * blockDim.y;
  out[(z * height + y) * width + x] = x + 100 * y + 10000 * z;
}
extern "C" __global__ void total(const float *x, float *sums) {
  extern __shared__ float part[];
  part[threadIdx.x] = x[blockIdx.x * blockDim.x + threadIdx.x];
  for (unsigned step = blockDim.x / 2; step; step /= 2) {
    __syncthreads();
    if (threadIdx.x < step) part[threadIdx.x] += part[threadIdx.x + step];
  }
  if (threadIdx.x == 0) sums[blockIdx.x] = part[0];
}
extern "C" __global__ void spread(const int *x, int *out) {
  __shared__ int fixed[8192];
  extern __shared__ int asked[];
  for (unsigned i = threadIdx.x; i < 8192; i += blockDim.x) fixed[i] = x[0];
  for (unsigned i = threadIdx.x; i < 8192; i += blockDim.x) asked[i] = x[1];
  __syncthreads();
  if (threadIdx.x == 0) out[0] = fixed[x[2]] + asked[x[2]];
}
extern "C" __global__ void mixed(double *out, signed char a, short b, int c, long long d, float e,
                                 double f) {
  out[0] = a, out[1] = b, out[2] = c, out[3] = d, out[4] = e, out[5] = f;
}
extern "C" __global__ void __launch_bounds__(64) narrow(int *x) { x[threadIdx.x] = threadIdx.x; }
extern "C" __global__ void stray(int *x) { *(volatile int *)(x + (1LL << 40)) = 1; }
