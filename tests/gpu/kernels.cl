/* The kernels of these tests. */
kernel void add(global const float *a, global const float *b, global float *c, int n) {
  int i = get_global_id(0);
  if (i < n) c[i] = a[i] + b[i];
}
kernel void scale(global float *x, float factor) { x[get_global_id(0)] *= factor; }
/* A kernel of OpenCL cannot take a bool. */
kernel void scale_if(global float *x, float factor, uchar on, int n) {
  int i = get_global_id(0);
  if (on && i < n) x[i] *= factor;
}
kernel void increment(volatile global int *x) { atomic_inc(x); }
kernel void place(global int *out) {
  size_t x = get_global_id(0), y = get_global_id(1), z = get_global_id(2);
  out[(z * get_global_size(1) + y) * get_global_size(0) + x] = x + 100 * y + 10000 * z;
}
kernel void total(global const float *x, global float *sums, local float *part) {
  int item = get_local_id(0);
  part[item] = x[get_global_id(0)];
  for (int step = get_local_size(0) / 2; step; step /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < step) part[item] += part[item + step];
  }
  if (item == 0) sums[get_group_id(0)] = part[0];
}
kernel void mixed(global float *out, char a, short b, int c, long d, float e, uchar f) {
  out[0] = a, out[1] = b, out[2] = c, out[3] = d, out[4] = e, out[5] = f;
}
__attribute__((reqd_work_group_size(64, 1, 1)))
kernel void narrow(global int *x) { x[get_local_id(0)] = get_local_id(0); }
constant int table[4] = {3, 1, 4, 1};
kernel void looked_up(constant int *offsets, global int *out) {
  int i = get_global_id(0);
  out[i] = table[i % 4] + offsets[i];
}
kernel void mirror(global const int *x, global int *y) {
  local int part[256];
  int item = get_local_id(0), items = get_local_size(0);
  part[item] = x[get_global_id(0)];
  barrier(CLK_LOCAL_MEM_FENCE);
  y[get_global_id(0)] = part[items - 1 - item];
}
kernel void spin(global const int *x, global int *y) {
  int value = x[get_global_id(0)];
  for (int step = 0; step < 100000; ++step) value = value * 1664525 + 1013904223;
  y[get_global_id(0)] = value;
}
