#include <nexus-api/nxs_kernel.h>

#define BINS 256

/* Adds to counts[v] how many of the values are v. Each group counts in shared memory first, where
 * its items rarely wait for other groups. */
NXS_KERNEL(histogram, NXS_IN(nxs_uchar, values), NXS_OUT(nxs_uint, counts),
           NXS_SCALAR(nxs_int, count)) {
  NXS_SHARED(nxs_uint, own, BINS);
  NXS_ITEMS {
    for (nxs_int k = NXS_LOCAL_ID(0); k < BINS; k += NXS_GROUP_SIZE(0)) own[k] = 0;
  }
  NXS_BARRIER;
  NXS_ITEMS {
    for (nxs_int i = NXS_GLOBAL_ID(0); i < count; i += NXS_GLOBAL_SIZE(0)) {
      NXS_GROUP_ATOMIC_ADD(&own[values[i]], 1u);
    }
  }
  NXS_BARRIER;
  NXS_ITEMS {
    for (nxs_int k = NXS_LOCAL_ID(0); k < BINS; k += NXS_GROUP_SIZE(0)) {
      if (own[k]) NXS_ATOMIC_ADD(&counts[k], own[k]);
    }
  }
}
