#include <nexus-api/nxs_kernel.h>

/* y = a x + y for vectors of `count` elements. */
NXS_KERNEL(saxpy, NXS_SCALAR(float, a), NXS_IN(float, x), NXS_OUT(float, y),
           NXS_SCALAR(nxs_int, count)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    if (i < count) y[i] += a * x[i];
  }
}
