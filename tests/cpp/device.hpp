// The CPU, and kernels for it.
#ifndef NEXUS_TESTS_DEVICE_HPP
#define NEXUS_TESTS_DEVICE_HPP

#include "check.hpp"

#include <vector>

inline nexus::Device cpu() { return nexus::getRuntime("cpu").getDevice(0); }

inline constexpr const char *kSource = R"(
#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(add, NXS_IN(float, a), NXS_IN(float, b), NXS_OUT(float, c), NXS_SCALAR(nxs_int, n))
{
  NXS_ITEMS { const nxs_int i = NXS_GLOBAL_ID(0); if (i < n) c[i] = a[i] + b[i]; }
}
NXS_KERNEL(scale, NXS_OUT(float, x), NXS_SCALAR(float, factor))
{
  NXS_ITEMS { x[NXS_GLOBAL_ID(0)] *= factor; }
}
NXS_KERNEL(place, NXS_OUT(nxs_int, x))
{
  NXS_ITEMS { x[NXS_GLOBAL_ID(1) * 8 + NXS_GLOBAL_ID(0)] += (nxs_int)NXS_GROUP_ID(0); }
}
NXS_KERNEL(numbers, NXS_OUT(double, x), NXS_SCALAR(nxs_char, a), NXS_SCALAR(nxs_ushort, b),
           NXS_SCALAR(nxs_long, c), NXS_SCALAR(double, d))
{
  NXS_ITEMS { x[0] = a; x[1] = b; x[2] = (double)c; x[3] = d; }
}
)";

inline nexus::Library library() { return cpu().compile(kSource); }
inline nexus::Kernel kernel(const char *name) { return library().getKernel(name); }
inline nexus::Buffer ones(std::size_t count = 32) {
  return cpu().createBuffer(std::vector<float>(count, 1.0f));
}
inline bool all(const nexus::Buffer &buffer, float value) {
  for (const float element : buffer.to<float>()) {
    if (element != value) return false;
  }
  return true;
}

#endif  // NEXUS_TESTS_DEVICE_HPP
