#include <nexus-api/nxs_kernel.h>

#define BLUR_GROUP 16
#define RADIUS 2
#define BLUR_EDGE (BLUR_GROUP + 2 * RADIUS)

/* A binomial distribution, which is close to Gauss's; the sum is 16. */
NXS_CONSTANT nxs_int weights[2 * RADIUS + 1] = {1, 4, 6, 4, 1};

NXS_FUNCTION nxs_int within(nxs_int i, nxs_int count) {
  return i < 0 ? 0 : i < count ? i : count - 1;
}

/* Blurs an image of width x height x channels bytes. Pixels beyond its edges are like the nearest
 * one inside. A group first copies its pixels and those around them to shared memory. The grid has
 * the channels along its third dimension. */
NXS_KERNEL(blur, NXS_IN(nxs_uchar, image), NXS_OUT(nxs_uchar, blurred), NXS_SCALAR(nxs_int, width),
           NXS_SCALAR(nxs_int, height)) {
  NXS_SHARED(nxs_int, pixels, BLUR_EDGE * BLUR_EDGE);
  const nxs_int channels = NXS_NUM_GROUPS(2), channel = NXS_GROUP_ID(2);
  const nxs_int left = NXS_GROUP_ID(0) * BLUR_GROUP - RADIUS;
  const nxs_int top = NXS_GROUP_ID(1) * BLUR_GROUP - RADIUS;

  NXS_ITEMS {
    for (nxs_int k = NXS_LOCAL_INDEX; k < BLUR_EDGE * BLUR_EDGE; k += BLUR_GROUP * BLUR_GROUP) {
      const nxs_int x = within(left + k % BLUR_EDGE, width);
      const nxs_int y = within(top + k / BLUR_EDGE, height);
      pixels[k] = image[(y * width + x) * channels + channel];
    }
  }
  NXS_BARRIER;
  NXS_ITEMS {
    const nxs_int x = NXS_GLOBAL_ID(0), y = NXS_GLOBAL_ID(1);
    if (x >= width || y >= height) continue;
    nxs_int sum = 0;
    for (nxs_int j = 0; j <= 2 * RADIUS; ++j) {
      for (nxs_int i = 0; i <= 2 * RADIUS; ++i) {
        const nxs_int at = (NXS_LOCAL_ID(1) + j) * BLUR_EDGE + NXS_LOCAL_ID(0) + i;
        sum += weights[j] * weights[i] * pixels[at];
      }
    }
    blurred[(y * width + x) * channels + channel] = (nxs_uchar)((sum + 128) / 256);
  }
}
