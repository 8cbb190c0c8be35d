/* The kernels of kernels.c as one writes them in CUDA C++. */

extern "C" __global__ void vector_add(const float *a, const float *b, float *c) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  c[i] = a[i] + b[i];
}

extern "C" __global__ void saxpy(float factor, const float *x, float *y, long long count) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) y[i] = factor * x[i] + y[i];
}

#define TILE 16

extern "C" __global__ void matmul(const float *a, const float *b, float *c, int depth) {
  __shared__ float a_tile[TILE * TILE], b_tile[TILE * TILE];
  const int x = threadIdx.x, y = threadIdx.y;
  const int column = blockIdx.x * blockDim.x + x, row = blockIdx.y * blockDim.y + y;
  const int columns = gridDim.x * blockDim.x;
  float sum = 0.0f;
  for (int start = 0; start < depth; start += TILE) {
    a_tile[y * TILE + x] = a[row * depth + start + x];
    b_tile[y * TILE + x] = b[(start + y) * columns + column];
    __syncthreads();
    for (int k = 0; k < TILE; ++k) sum += a_tile[y * TILE + k] * b_tile[k * TILE + x];
    __syncthreads();
  }
  c[row * columns + column] = sum;
}
