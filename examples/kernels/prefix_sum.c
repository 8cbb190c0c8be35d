#include <nexus-api/nxs_kernel.h>

#define SCAN_GROUP 256

/* Replaces each element by the sum of the elements of its group up to it, and writes the sum of the
 * whole group to `totals`. */
NXS_KERNEL(scan_groups, NXS_OUT(nxs_uint, x), NXS_OUT(nxs_uint, totals),
           NXS_SCALAR(nxs_int, count)) {
  NXS_SHARED(nxs_uint, sums, SCAN_GROUP);
  NXS_PRIVATE(nxs_uint, before);

  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    sums[NXS_LOCAL_ID(0)] = i < count ? x[i] : 0;
  }
  /* After each step an element is the sum of twice as many. */
  for (nxs_int distance = 1; distance < SCAN_GROUP; distance *= 2) {
    NXS_BARRIER;
    NXS_ITEMS {
      const nxs_int k = NXS_LOCAL_ID(0);
      NXS_MY(before) = k >= distance ? sums[k - distance] : 0;
    }
    NXS_BARRIER;
    NXS_ITEMS { sums[NXS_LOCAL_ID(0)] += NXS_MY(before); }
  }
  NXS_BARRIER;
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0), k = NXS_LOCAL_ID(0);
    if (i < count) x[i] = sums[k];
    if (k == SCAN_GROUP - 1) totals[NXS_GROUP_ID(0)] = sums[k];
  }
}

/* Adds to each element the sum of all groups before its own; totals[g] is the sum up to group g. */
NXS_KERNEL(add_totals, NXS_OUT(nxs_uint, x), NXS_IN(nxs_uint, totals), NXS_SCALAR(nxs_int, count)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0), group = NXS_GROUP_ID(0);
    if (group > 0 && i < count) x[i] += totals[group - 1];
  }
}
