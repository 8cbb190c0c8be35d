#include <nexus-api/nxs_kernel.h>

NXS_KERNEL(add_vectors, NXS_IN(float, a), NXS_IN(float, b), NXS_OUT(float, c),
           NXS_SCALAR(nxs_int, n)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    if (i < n) c[i] = a[i] + b[i];
  }
}
