extern "C" __global__ void nothing(float *x) {}
extern "C" __global__ void add(const float *a, const float *b, float *c, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) c[i] = a[i] + b[i];
}
#define TILE 32
extern "C" __global__ void multiply(const float *a, const float *b, float *c, int n) {
  __shared__ float left[TILE][TILE], right[TILE][TILE];
  int x = threadIdx.x, y = threadIdx.y;
  int column = blockIdx.x * TILE + x, line = blockIdx.y * TILE + y;
  float sum = 0;
  for (int at = 0; at < n; at += TILE) {
    left[y][x] = a[line * n + at + x];
    right[y][x] = b[(at + y) * n + column];
    __syncthreads();
    for (int k = 0; k < TILE; ++k) sum += left[y][k] * right[k][x];
    __syncthreads();
  }
  c[line * n + column] = sum;
}
