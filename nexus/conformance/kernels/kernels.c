/* The kernels that the conformance kit runs on every device; README.md says what each must do. */
#include <nexus-api/nxs_kernel.h>

NXS_KERNEL(add, NXS_IN(float, a), NXS_IN(float, b), NXS_OUT(float, c), NXS_SCALAR(nxs_int, n)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    if (i < n) c[i] = a[i] + b[i];
  }
}

NXS_KERNEL(fill, NXS_OUT(nxs_int, x), NXS_SCALAR(nxs_int, value), NXS_SCALAR(nxs_int, n)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    if (i < n) x[i] = value;
  }
}

NXS_KERNEL(barrier, NXS_IN(nxs_int, x), NXS_OUT(nxs_int, y), NXS_SCALAR(nxs_int, n)) {
  NXS_SHARED(nxs_int, part, 1024);
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    part[NXS_LOCAL_ID(0)] = i < n ? x[i] : 0;
  }
  NXS_BARRIER;
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    if (i < n) y[i] = part[NXS_GROUP_SIZE(0) - 1 - NXS_LOCAL_ID(0)];
  }
}

NXS_KERNEL(endless, NXS_OUT(nxs_int, x)) {
  NXS_ITEMS {
    NXS_GLOBAL_SPACE const volatile nxs_int *const flag = x;
    while (*flag == 0) continue;
  }
}

/* Only a CPU notices that a kernel fails. */
#if defined(NXS_KERNEL_CPU_H) && defined(__cplusplus)
#include <stdexcept>
#include <string>

NXS_KERNEL(fail, NXS_OUT(nxs_int, x), NXS_SCALAR(nxs_int, value), NXS_SCALAR(nxs_int, n)) {
  throw std::runtime_error(std::to_string(x[0] + value + n) + " cannot be");
}
#endif
