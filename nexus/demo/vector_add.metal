/* The demo's kernel for Apple's GPUs. */
kernel void add_vectors(device const float *a [[buffer(0)]], device const float *b [[buffer(1)]],
                        device float *out [[buffer(2)]], constant int &count [[buffer(3)]],
                        uint item [[thread_position_in_grid]]) {
  if (int(item) < count) out[item] = a[item] + b[item];
}
