// Who made a device and what it runs, in the device database's spelling, from what its driver
// answers.
#pragma once

#include <cstdint>
#include <string>

namespace nexus::opencl {

// What the driver answers. Questions of an extension that the device lacks are left at 0.
struct Answers {
  bool cpu = false;             // CL_DEVICE_TYPE is CL_DEVICE_TYPE_CPU
  std::string name;             // CL_DEVICE_NAME
  std::string vendor;           // CL_DEVICE_VENDOR
  std::string version;          // CL_DEVICE_VERSION
  std::uint32_t vendor_id = 0;  // CL_DEVICE_VENDOR_ID
  // CL_DEVICE_COMPUTE_CAPABILITY_MAJOR_NV and CL_DEVICE_COMPUTE_CAPABILITY_MINOR_NV
  std::uint32_t nvidia_major = 0;
  std::uint32_t nvidia_minor = 0;
  std::uint32_t intel_ip = 0;  // CL_DEVICE_IP_VERSION_INTEL
};

// The maker, such as "intel". Of a CPU, whoever made the processor, not the driver. The driver's
// own words in lower case if they name no known maker.
std::string vendor_of(const Answers &answers);

// The architecture, such as "sm_90", "gfx1030", "mali-g78" or "adreno-740"; empty if unknown.
std::string architecture_of(const Answers &answers);

}  // namespace nexus::opencl
