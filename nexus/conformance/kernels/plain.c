/*
 * The conformance kit's kernels as plain functions, for plugins that do not know the kernels of
 * nxs_kernel.h. Without KIT_GROUPS each function is called once per item, with the index of its
 * group and its own; with it once per lane of a range of groups, with {first group, end, lane}.
 */
#include <nexus-api/nxs_platform.h>

#ifdef KIT_GROUPS
#define KIT_ITEMS                                 \
  for (int group = id[0]; group < id[1]; ++group) \
    for (int i = group * size[3] + id[2], once = 1; once; once = 0)
#else
#define KIT_ITEMS for (int i = id[0] * size[3] + id[3], once = 1; once; once = 0)
#endif

NXS_API_EXPORT void add(const float *a, const float *b, float *c, const int *n, const int *size,
                        const int *id, void *shared, void *barrier) {
  (void)shared, (void)barrier;
  KIT_ITEMS {
    if (i < *n) c[i] = a[i] + b[i];
  }
}

NXS_API_EXPORT void fill(int *x, const int *value, const int *n, const int *size, const int *id,
                         void *shared, void *barrier) {
  (void)shared, (void)barrier;
  KIT_ITEMS {
    if (i < *n) x[i] = *value;
  }
}

NXS_API_EXPORT void copy(const int *x, int *y, const int *n, const int *size, const int *id,
                         void *shared, void *barrier) {
  (void)shared, (void)barrier;
  KIT_ITEMS {
    if (i < *n) y[i] = x[i];
  }
}

NXS_API_EXPORT void endless(const volatile int *x, const int *size, const int *id, void *shared,
                            void *barrier) {
  (void)size, (void)id, (void)shared, (void)barrier;
  while (*x == 0) continue;
}
