/* The demo's kernel for NVIDIA GPUs. */
extern "C" __global__ void add_vectors(const float *a, const float *b, float *out, int count) {
  const int item = blockIdx.x * blockDim.x + threadIdx.x;
  if (item < count) out[item] = a[item] + b[item];
}
