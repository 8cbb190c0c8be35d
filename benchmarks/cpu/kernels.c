/* The loops of engine.c as kernels. */
#include <nexus-api/nxs_kernel.h>

NXS_KERNEL(nothing) { (void)nxs_group; }

NXS_KERNEL(add, NXS_IN(float, a), NXS_IN(float, b), NXS_OUT_ONCE(float, c)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    c[i] = a[i] + b[i];
  }
}

NXS_KERNEL(mandelbrot, NXS_OUT(nxs_int, out), NXS_SCALAR(nxs_int, width),
           NXS_SCALAR(nxs_int, height)) {
  NXS_ITEMS {
    const nxs_int column = NXS_GLOBAL_ID(0), row = NXS_GLOBAL_ID(1);
    const float cx = (float)column * (3.0f / (float)width) - 2.0f;
    const float cy = (float)row * (2.0f / (float)height) - 1.0f;
    float x = 0, y = 0;
    nxs_int count = 0;
    for (nxs_int k = 0; k < 64; ++k) {
      const float xx = x * x, yy = y * y;
      /* Once outside a point stays there, up to infinity and not-a-number, which compare as
       * outside. */
      count += xx + yy <= 4.0f;
      y = 2.0f * x * y + cy;
      x = xx - yy + cx;
    }
    out[row * width + column] = count;
  }
}

NXS_KERNEL(reduce, NXS_IN(float, in), NXS_OUT(float, out)) {
  NXS_SHARED(float, part, 256);
  NXS_ITEMS { part[NXS_LOCAL_ID(0)] = in[NXS_GLOBAL_ID(0)]; }
  for (nxs_int half = 128; half > 0; half /= 2) {
    NXS_BARRIER;
    NXS_ITEMS {
      if (NXS_LOCAL_ID(0) < half) part[NXS_LOCAL_ID(0)] += part[NXS_LOCAL_ID(0) + half];
    }
  }
  out[NXS_GROUP_ID(0)] = part[0];
}
