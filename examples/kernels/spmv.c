#include <nexus-api/nxs_kernel.h>

/* y = A x for a sparse matrix in CSR form: the entries of row i are values[k] in the columns
 * columns[k], for k from starts[i] to starts[i + 1] - 1. */
NXS_KERNEL(spmv, NXS_IN(nxs_int, starts), NXS_IN(nxs_int, columns), NXS_IN(float, values),
           NXS_IN(float, x), NXS_OUT(float, y), NXS_SCALAR(nxs_int, rows)) {
  NXS_ITEMS {
    const nxs_int row = NXS_GLOBAL_ID(0);
    if (row >= rows) continue;
    float sum = 0.0f;
    for (nxs_int k = starts[row]; k < starts[row + 1]; ++k) sum += values[k] * x[columns[k]];
    y[row] = sum;
  }
}
