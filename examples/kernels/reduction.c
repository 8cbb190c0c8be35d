#include <nexus-api/nxs_kernel.h>

#define SUM_GROUP 256

/* Writes the sum of each group's elements of x: its items take every NXS_GLOBAL_SIZE-th element. */
NXS_KERNEL(sum, NXS_IN(float, x), NXS_OUT(float, sums), NXS_SCALAR(nxs_int, count)) {
  NXS_SHARED(float, part, SUM_GROUP);
  NXS_ITEMS {
    float sum = 0.0f;
    for (nxs_int i = NXS_GLOBAL_ID(0); i < count; i += NXS_GLOBAL_SIZE(0)) sum += x[i];
    part[NXS_LOCAL_ID(0)] = sum;
  }
  /* In each step half of the items add the values of the other half, until one is left. */
  for (nxs_int left = SUM_GROUP / 2; left > 0; left /= 2) {
    NXS_BARRIER;
    NXS_ITEMS {
      const nxs_int i = NXS_LOCAL_ID(0);
      if (i < left) part[i] += part[i + left];
    }
  }
  NXS_BARRIER;
  NXS_ITEMS {
    if (NXS_LOCAL_ID(0) == 0) sums[NXS_GROUP_ID(0)] = part[0];
  }
}
