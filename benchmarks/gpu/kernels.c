/* Kernels in the language of nxs_kernel.h, to be compared with kernels.cu. */
#include <nexus-api/nxs_kernel.h>

NXS_KERNEL(vector_add, NXS_IN(float, a), NXS_IN(float, b), NXS_OUT(float, c)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    c[i] = a[i] + b[i];
  }
}

NXS_KERNEL(saxpy, NXS_SCALAR(float, factor), NXS_IN(float, x), NXS_OUT(float, y),
           NXS_SCALAR(nxs_long, count)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    if (i >= count) continue;
    y[i] = factor * x[i] + y[i];
  }
}

#define TILE 16

NXS_KERNEL(matmul, NXS_IN(float, a), NXS_IN(float, b), NXS_OUT(float, c),
           NXS_SCALAR(nxs_int, depth)) {
  NXS_SHARED(float, a_tile, TILE *TILE);
  NXS_SHARED(float, b_tile, TILE *TILE);
  NXS_PRIVATE(float, sum);
  const nxs_int columns = NXS_GLOBAL_SIZE(0);

  NXS_ITEMS { NXS_MY(sum) = 0.0f; }
  for (nxs_int start = 0; start < depth; start += TILE) {
    NXS_ITEMS {
      const nxs_int x = NXS_LOCAL_ID(0), y = NXS_LOCAL_ID(1);
      a_tile[y * TILE + x] = a[NXS_GLOBAL_ID(1) * depth + start + x];
      b_tile[y * TILE + x] = b[(start + y) * columns + NXS_GLOBAL_ID(0)];
    }
    NXS_BARRIER;
    NXS_ITEMS {
      const nxs_int x = NXS_LOCAL_ID(0), y = NXS_LOCAL_ID(1);
      for (nxs_int k = 0; k < TILE; ++k) NXS_MY(sum) += a_tile[y * TILE + k] * b_tile[k * TILE + x];
    }
    NXS_BARRIER;
  }
  NXS_ITEMS { c[NXS_GLOBAL_ID(1) * columns + NXS_GLOBAL_ID(0)] = NXS_MY(sum); }
}
