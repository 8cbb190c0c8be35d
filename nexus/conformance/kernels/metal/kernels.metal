/* The kernels that the conformance kit runs on Apple's GPUs; README.md describes each. The failing
   one is missing, since a GPU may ignore the failure of a kernel. */

#include <metal_stdlib>
using namespace metal;

kernel void add(device const float *a [[buffer(0)]], device const float *b [[buffer(1)]],
                device float *c [[buffer(2)]], constant int &n [[buffer(3)]],
                uint i [[thread_position_in_grid]]) {
  if (int(i) < n) c[i] = a[i] + b[i];
}

kernel void fill(device int *x [[buffer(0)]], constant int &value [[buffer(1)]],
                 constant int &n [[buffer(2)]], uint i [[thread_position_in_grid]]) {
  if (int(i) < n) x[i] = value;
}

kernel void barrier(device const int *x [[buffer(0)]], device int *y [[buffer(1)]],
                    constant int &n [[buffer(2)]], uint i [[thread_position_in_grid]],
                    uint item [[thread_position_in_threadgroup]],
                    uint items [[threads_per_threadgroup]]) {
  threadgroup int part[1024];
  part[item] = int(i) < n ? x[i] : 0;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  if (int(i) < n) y[i] = part[items - 1 - item];
}

kernel void endless(device int *x [[buffer(0)]]) {
  device volatile int *const flag = x;
  while (*flag == 0) continue;
}
