#include <nexus-api/nxs_kernel.h>

#define TILE 16

/* c = a b for row-major a (rows x depth), b (depth x columns), c (rows x columns). A group computes
 * a tile of c, and reads each element of a and b once per tile into shared memory. */
NXS_KERNEL(matmul, NXS_IN(float, a), NXS_IN(float, b), NXS_OUT(float, c), NXS_SCALAR(nxs_int, rows),
           NXS_SCALAR(nxs_int, depth), NXS_SCALAR(nxs_int, columns)) {
  NXS_SHARED(float, a_tile, TILE *TILE);
  NXS_SHARED(float, b_tile, TILE *TILE);
  NXS_PRIVATE(float, sum);

  NXS_ITEMS { NXS_MY(sum) = 0.0f; }
  for (nxs_int start = 0; start < depth; start += TILE) {
    /* Beyond the edges of the matrices the tiles hold zeros. */
    NXS_ITEMS {
      const nxs_int x = NXS_LOCAL_ID(0), y = NXS_LOCAL_ID(1);
      const nxs_int row = NXS_GLOBAL_ID(1), column = NXS_GLOBAL_ID(0);
      const nxs_int a_column = start + x, b_row = start + y;
      a_tile[y * TILE + x] = row < rows && a_column < depth ? a[row * depth + a_column] : 0.0f;
      b_tile[y * TILE + x] = b_row < depth && column < columns ? b[b_row * columns + column] : 0.0f;
    }
    NXS_BARRIER;
    NXS_ITEMS {
      const nxs_int x = NXS_LOCAL_ID(0), y = NXS_LOCAL_ID(1);
      for (nxs_int k = 0; k < TILE; ++k) NXS_MY(sum) += a_tile[y * TILE + k] * b_tile[k * TILE + x];
    }
    NXS_BARRIER;
  }
  NXS_ITEMS {
    const nxs_int row = NXS_GLOBAL_ID(1), column = NXS_GLOBAL_ID(0);
    if (row < rows && column < columns) c[row * columns + column] = NXS_MY(sum);
  }
}
