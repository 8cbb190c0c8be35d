// What only AMD's HIP runtime tells.
#pragma once

#include <string>

#include "driver/driver.hpp"

namespace nexus::hip {

// What code for a device is compiled for, such as "gfx90a:sramecc+:xnack-".
std::string target_of(gpu::native::Device device);

}  // namespace nexus::hip
