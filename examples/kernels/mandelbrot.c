#include <nexus-api/nxs_kernel.h>

/* How many steps z -> z^2 + c takes, from 0, until |z| exceeds 2, for each pixel of an image whose
 * upper left corner is the number c = left + top i; `most` where it never does. */
NXS_KERNEL(mandelbrot, NXS_OUT(nxs_int, steps), NXS_SCALAR(nxs_int, width),
           NXS_SCALAR(nxs_int, height), NXS_SCALAR(float, left), NXS_SCALAR(float, top),
           NXS_SCALAR(float, pixel), NXS_SCALAR(nxs_int, most)) {
  NXS_ITEMS {
    const nxs_int column = NXS_GLOBAL_ID(0), row = NXS_GLOBAL_ID(1);
    if (column >= width || row >= height) continue;
    const float real = left + (float)column * pixel, imaginary = top - (float)row * pixel;
    float x = 0.0f, y = 0.0f;
    nxs_int step = 0;
    while (step < most && x * x + y * y <= 4.0f) {
      const float next = x * x - y * y + real;
      y = 2.0f * x * y + imaginary;
      x = next;
      ++step;
    }
    steps[row * width + column] = step;
  }
}
