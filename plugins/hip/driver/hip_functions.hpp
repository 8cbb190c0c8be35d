// The functions of AMD's HIP runtime whose form is not that of NVIDIA's, and the layout of what it
// tells about a device; see driver/driver_functions.hpp. tests/drivers/hip_declarations.cpp
// compares each with HIP's headers.
#pragma once

#include "driver/driver_functions.hpp"

// X(name, result type, argument types).
#define NEXUS_HIP_FUNCTIONS(X)                                                              \
  X(hipGetErrorName, const char *, native::Result)                                          \
  X(hipGetErrorString, const char *, native::Result)                                        \
  X(hipGetLastError, native::Result, void)                                                  \
  X(hipPeekAtLastError, native::Result, void)                                               \
  X(hipGetDevice, native::Result, native::Device *)                                         \
  X(hipSetDevice, native::Result, native::Device)                                           \
  X(hipMemcpyAsync, native::Result, void *, const void *, std::size_t, int, native::Stream) \
  X(hipGetDeviceProperties, native::Result, void *, native::Device)

// The same with the layout of HIP 6, which earlier versions do not have.
#define NEXUS_HIP_FUNCTIONS_OF_6(X) \
  X(hipGetDevicePropertiesR0600, native::Result, void *, native::Device)

namespace nexus::hip {

// hipMemcpyDefault: the addresses tell from where to where.
inline constexpr int kCopyByAddress = 4;

// HIP's versions are 10 000 000 * major + 100 000 * minor + patch.
inline constexpr int kMajorVersion = 10'000'000, kMinorVersion = 100'000;

// hipDeviceProp_t and, from HIP 6 on, hipDeviceProp_tR0600: the sizes, and where gcnArchName is.
struct PropertiesLayout {
  std::size_t size, target_offset;
};
inline constexpr PropertiesLayout kProperties5{792, 396}, kProperties6{1472, 1160};
inline constexpr std::size_t kTargetSize = 256;

}  // namespace nexus::hip
