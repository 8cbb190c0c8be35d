/**
 * @file nxs_kernel_half.h
 * Half-precision numbers in memory, for nxs_kernel.h on a CPU. Kernels compute with float.
 */
#ifndef NXS_KERNEL_HALF_H
#define NXS_KERNEL_HALF_H

#include <nexus-api/nxs_platform.h>

/* Compilers that know the type have instructions for it. */
#if defined(__FLT16_MANT_DIG__)
__extension__ typedef _Float16 nxs_kernel_float16;
#define NXS_LOAD_HALF(ADDRESS, I) ((float)((const nxs_kernel_float16 *)(const void *)(ADDRESS))[I])
#define NXS_STORE_HALF(ADDRESS, I, VALUE) \
  ((void)(((nxs_kernel_float16 *)(void *)(ADDRESS))[I] = (nxs_kernel_float16)(float)(VALUE)))
#else
#define NXS_LOAD_HALF(ADDRESS, I) nxs_float_of_half((ADDRESS)[I])
#define NXS_STORE_HALF(ADDRESS, I, VALUE) ((void)((ADDRESS)[I] = nxs_half_of_float(VALUE)))

typedef union nxs_float_bits {
  float value;
  nxs_uint bits;
} nxs_float_bits;

static inline float nxs_float_of_half(nxs_half half) {
  const nxs_uint sign = (nxs_uint)(half & 0x8000u) << 16;
  const nxs_uint rest = half & 0x7fffu;
  nxs_float_bits made;
  if (rest >= 0x7c00u) {
    /* Infinity or not-a-number. */
    made.bits = 0x7f800000u | (rest & 0x3ffu) << 13;
  } else {
    /* As a float, the same bits stand for a number that is 2^112 times too small; subnormal
     * numbers become right by the multiplication as well. */
    made.bits = rest << 13;
    made.value *= 5192296858534827628530496329220096.0f;
  }
  made.bits |= sign;
  return made.value;
}

static inline nxs_half nxs_half_of_float(float value) {
  nxs_float_bits given, scale;
  given.value = value;
  const nxs_uint sign = given.bits >> 16 & 0x8000u;
  given.bits &= 0x7fffffffu;
  if (given.bits > 0x7f800000u) return (nxs_half)(sign | 0x7e00u);
  if (given.bits >= 0x477ff000u) return (nxs_half)(sign | 0x7c00u);
  if (given.bits < 0x38800000u) {
    /* Below the normal numbers of a half: adding 0.5 leaves their bits at the end, rounded. */
    scale.value = given.value + 0.5f;
    return (nxs_half)(sign | (scale.bits - 0x3f000000u));
  }
  /* Rounded to the nearest, ties to even. */
  given.bits += 0xfffu + (given.bits >> 13 & 1u);
  return (nxs_half)(sign | ((given.bits >> 13) - (112u << 10)));
}
#endif

#endif /* NXS_KERNEL_HALF_H */
