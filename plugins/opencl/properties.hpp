// What a device answers when it is asked for a property.
#pragma once

#include <nexus-sdk/base/property.hpp>

#include "driver/driver.hpp"

namespace nexus::opencl {
using namespace sdk;

class ClDevice;

Property property_of(const ClDevice &device, cl::Platform platform, nxs_property id);

// The name and the version of a platform.
std::string platform_name(cl::Platform platform);

}  // namespace nexus::opencl
