// What the stand-in's own tests run: each kernel needs something else of the interpreter.
extern "C" __global__ void add(const float *a, const float *b, float *c, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) c[i] = a[i] + b[i];
}

extern "C" __global__ void sum(const float *a, float *out, int n) {
  __shared__ float part[128];
  float x = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) x += a[i];
  part[threadIdx.x] = x;
  __syncthreads();
  for (int step = 64; step; step /= 2) {
    if (threadIdx.x < step) part[threadIdx.x] += part[threadIdx.x + step];
    __syncthreads();
  }
  if (threadIdx.x == 0) out[blockIdx.x] = part[0];
}

extern "C" __global__ void reverse(const int *a, int *out) {
  extern __shared__ int whole[];
  whole[threadIdx.x] = a[threadIdx.x];
  __syncthreads();
  out[threadIdx.x] = whole[blockDim.x - 1 - threadIdx.x];
}

extern "C" __global__ void product(const float *a, const float *b, float *c, int n) {
  int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x >= n || y >= n) return;
  float s = 0;
  for (int k = 0; k < n; ++k) s += a[y * n + k] * b[k * n + x];
  c[y * n + x] = s;
}

extern "C" __global__ void functions(const float *x, float *out) {
  int i = threadIdx.x;
  out[6 * i] = expf(x[i]);
  out[6 * i + 1] = sqrtf(x[i]);
  out[6 * i + 2] = sinf(x[i]);
  out[6 * i + 3] = logf(x[i]);
  out[6 * i + 4] = powf(x[i], 1.5f);
  out[6 * i + 5] = tanhf(x[i]);
}

extern "C" __global__ void double_functions(const double *x, double *out) {
  int i = threadIdx.x;
  out[3 * i] = exp(x[i]);
  out[3 * i + 1] = sin(x[i]) / cos(x[i]);
  out[3 * i + 2] = log(x[i]);
}

extern "C" __global__ void integers(const int *a, const int *b, long long *out) {
  int i = threadIdx.x;
  long long *o = out + 10 * i;
  o[0] = a[i] / b[i];
  o[1] = a[i] % b[i];
  o[2] = (unsigned)a[i] / (unsigned)b[i];
  o[3] = __mulhi(a[i], b[i]);
  o[4] = (long long)a[i] * b[i] >> 7;
  o[5] = __popc(a[i]) + 100 * __clz(a[i]) + 10000 * __ffs(a[i]);
  o[6] = (signed char)a[i] - (unsigned char)b[i];
  o[7] = (short)(a[i] >> 3) ^ ~b[i];
  o[8] = max(a[i], b[i]) - min((unsigned)a[i], (unsigned)b[i]);
  o[9] = (unsigned long long)a[i] / 1000003ull + __brev(b[i]);
}

extern "C" __global__ void histogram(const int *a, unsigned *bins, float *total, int *most, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  atomicAdd(&bins[a[i] & 7], 1u);
  atomicAdd(total, 0.5f);
  atomicMax(most, a[i]);
}

extern "C" __global__ void locals(int *out, int n) {
  int values[16];
  for (int i = 0; i < 16; ++i) values[(i * n) % 16] = i;
  out[threadIdx.x] = values[threadIdx.x];
}

struct Pair {
  float x[3];
  int n;
};
__device__ __noinline__ Pair twice(Pair p, int by) {
  p.x[by % 3] *= 2;
  p.n += by;
  return p;
}
__device__ __noinline__ int factorial(int n) { return n < 2 ? 1 : n * factorial(n - 1); }
extern "C" __global__ void calls(Pair p, float *out) {
  int i = threadIdx.x;
  Pair q = twice(p, i);
  out[i] = q.x[i % 3] + q.n + factorial(i);
}

typedef int (*Function)(int);
__device__ int plus_one(int x) { return x + 1; }
__device__ int times_two(int x) { return x * 2; }
__device__ Function table[2] = {plus_one, times_two};
extern "C" __global__ void indirect(int *x) { x[threadIdx.x] = table[threadIdx.x % 2](x[threadIdx.x]); }

__constant__ float weights[4] = {1, 2, 4, 8};
__device__ int counter = 7;
extern "C" __global__ void globals(float *out) {
  out[threadIdx.x] = weights[threadIdx.x & 3];
  atomicAdd(&counter, 1);
}

extern "C" __global__ void choose(int *x) {
  switch (x[threadIdx.x]) {
    case 0: x[threadIdx.x] = 10; break;
    case 1: x[threadIdx.x] = 21; break;
    case 2: x[threadIdx.x] = 5; break;
    case 3: x[threadIdx.x] = -4; break;
    case 4: x[threadIdx.x] = 99; break;
    default: x[threadIdx.x] = -1;
  }
}

extern "C" __global__ void convert(const float *x, float *out) {
  int i = threadIdx.x;
  float *o = out + 6 * i;
  o[0] = __float2int_rn(x[i]);
  o[1] = __float2int_rz(x[i]);
  o[2] = __float2uint_rd(x[i]);
  o[3] = (float)(double)__fadd_ru(x[i], 1e-10f);
  o[4] = __fdiv_rd(x[i], 3.0f);
  o[5] = floorf(x[i]) + rintf(x[i]);
}

extern "C" __global__ void halves(const float *x, float *out) {
  int i = threadIdx.x;
  unsigned short a, b, c;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(a) : "f"(x[i]));
  asm("mul.f16 %0, %1, %1;" : "=h"(b) : "h"(a));
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(c) : "f"(x[i]));
  asm("cvt.f32.f16 %0, %1;" : "=f"(out[2 * i]) : "h"(b));
  asm("cvt.f32.bf16 %0, %1;" : "=f"(out[2 * i + 1]) : "h"(c));
}

extern "C" __global__ void place(int *out) {
  int block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  int thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  out[block * blockDim.x * blockDim.y * blockDim.z + thread] = 1000 * block + thread;
}

extern "C" __global__ void votes(const int *x, int *out) {
  int all = __syncthreads_and(x[threadIdx.x]), some = __syncthreads_or(x[threadIdx.x]);
  out[threadIdx.x] = 100 * __syncthreads_count(x[threadIdx.x]) + 10 * !!all + !!some;
}

extern "C" __global__ void wait_for(volatile int *flag, int *out) {
  while (!*flag) {
  }
  *out = 42;
}

extern "C" __global__ void set_flag(int *flag, int value) { *flag = value; }

extern "C" __global__ void __launch_bounds__(64) bounded(int *x) { x[threadIdx.x] = 1; }

extern "C" __global__ void stuck(int *x) {
  if (threadIdx.x == 0)
    asm volatile("bar.sync 1, 64;");
  else
    asm volatile("bar.sync 2, 64;");
  *x = 1;
}

extern "C" __global__ void fails() { asm("trap;"); }

extern "C" __global__ void unaligned(char *x) { *(int *)(x + 1) = 3; }
