// What the driver tells about a device, in the structure of the device schema.
#pragma once

#include <nexus-api/nxs_platform.h>

#include <string>

namespace nexus::gpu {

class GpuDevice;

// `memory` is the size of the device's memory in bytes.
std::string record_of(const GpuDevice &device, nxs_long memory);

}  // namespace nexus::gpu
