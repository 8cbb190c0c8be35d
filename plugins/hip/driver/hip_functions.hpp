// The functions of AMD's HIP runtime whose form is not that of NVIDIA's; see
// driver/driver_functions.hpp. tests/drivers/hip_declarations.cpp compares each with HIP's headers.
#pragma once

#include <string>

#include "driver/driver_functions.hpp"

// X(name, argument types); each returns a result.
#define NEXUS_HIP_FUNCTIONS(X)                                              \
  X(hipGetDevice, native::Device *)                                         \
  X(hipSetDevice, native::Device)                                           \
  X(hipMemcpyAsync, void *, const void *, std::size_t, int, native::Stream) \
  X(hipGetDeviceProperties, void *, native::Device)

namespace nexus::hip {

// The ends of the names of AMD's libraries; without a version, they lead to any.
inline constexpr const char *kVersions[] = {".7", ".6", ".5", ""};

// hipMemcpyDefault: the addresses tell from where to where.
inline constexpr int kCopyByAddress = 4;

// HIP's versions are 10 000 000 * major + 100 000 * minor + patch.
inline constexpr int kMajorVersion = 10'000'000, kMinorVersion = 100'000;

// hipDeviceProp_t of HIP 5, which hipGetDeviceProperties also fills in later versions, whose
// headers give its name to another function: its size, and the place and size of gcnArchName.
inline constexpr std::size_t kPropertiesSize = 792, kTargetOffset = 396, kTargetSize = 256;

// What code for a device is compiled for, such as "gfx90a:sramecc+:xnack-".
std::string target_of(gpu::native::Device device);

}  // namespace nexus::hip
