// What AMD's code is compiled for: a processor and the settings of its features, written as in
// "gfx90a:sramecc+:xnack-". https://llvm.org/docs/AMDGPUUsage.html#target-id
#pragma once

#include <string_view>

namespace nexus::hip {

// The target at the end of a text such as "amdgcn-amd-amdhsa--gfx90a:xnack-"; empty if it has none.
std::string_view target_in(std::string_view text);

// The target without the settings.
std::string_view processor_of(std::string_view target);

// How closely code for a target fits a device: 0 if the device does not run it, and more the more
// the code's target says about the device.
int fitness(std::string_view code, std::string_view device);

}  // namespace nexus::hip
