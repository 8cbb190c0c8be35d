#include <metal_stdlib>
using namespace metal;

kernel void add(device const float *a, device const float *b, device float *c, constant int &n,
                uint i [[thread_position_in_grid]]) {
  if (int(i) < n) c[i] = a[i] + b[i];
}

kernel void scale(device float *x [[buffer(0)]], constant float &factor [[buffer(1)]],
                  uint i [[thread_position_in_grid]]) {
  x[i] *= factor;
}

kernel void scale_if(device float *x [[buffer(0)]], constant float &factor [[buffer(1)]],
                     constant bool &on [[buffer(2)]], constant int &n [[buffer(3)]],
                     uint i [[thread_position_in_grid]]) {
  if (on && int(i) < n) x[i] *= factor;
}

kernel void increment(device atomic_int *x) {
  atomic_fetch_add_explicit(x, 1, memory_order_relaxed);
}

kernel void place(device int *out, uint3 at [[thread_position_in_grid]],
                  uint3 size [[threads_per_grid]]) {
  out[(at.z * size.y + at.y) * size.x + at.x] = at.x + 100 * at.y + 10000 * at.z;
}

kernel void total(device const float *x, device float *sums,
                  threadgroup float *part [[threadgroup(0)]],
                  uint i [[thread_position_in_grid]], uint item [[thread_position_in_threadgroup]],
                  uint items [[threads_per_threadgroup]],
                  uint group [[threadgroup_position_in_grid]]) {
  part[item] = x[i];
  for (uint step = items / 2; step; step /= 2) {
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (item < step) part[item] += part[item + step];
  }
  if (item == 0) sums[group] = part[0];
}

kernel void mirror(device const int *x, device int *y, uint i [[thread_position_in_grid]],
                   uint item [[thread_position_in_threadgroup]],
                   uint items [[threads_per_threadgroup]]) {
  threadgroup int part[256];
  part[item] = x[i];
  threadgroup_barrier(mem_flags::mem_threadgroup);
  y[i] = part[items - 1 - item];
}

kernel void mixed(device float *out, constant char &a, constant short &b, constant int &c,
                  constant long &d, constant float &e, constant half &f, constant bool &g) {
  out[0] = a, out[1] = b, out[2] = c, out[3] = d, out[4] = e, out[5] = f, out[6] = g;
}

[[max_total_threads_per_threadgroup(64)]]
kernel void narrow(device int *x, uint i [[thread_position_in_grid]]) { x[i] = i; }

kernel void sparse(device int *x [[buffer(3)]], constant int &value [[buffer(30)]],
                   uint i [[thread_position_in_grid]]) {
  x[i] = value;
}

kernel void spin(device const int *x, device int *y, uint i [[thread_position_in_grid]]) {
  int value = x[i];
  for (int step = 0; step < 100000; ++step) value = value * 1664525 + 1013904223;
  y[i] = value;
}
