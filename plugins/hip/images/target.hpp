// What AMD's code is compiled for: a processor and the settings of its features, written as in
// "gfx90a:sramecc+:xnack-". https://llvm.org/docs/AMDGPUUsage.html#target-id
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nexus::hip {

// The target in the header of a code object of a version from 3 on; empty if the processor is newer
// than this plugin.
std::string target_of_flags(std::uint32_t flags, int version);

// How closely code for a target fits a device: 0 if the device does not run it, and more the more
// the code's target says about the device.
int fitness(std::string_view code, std::string_view device);

}  // namespace nexus::hip
