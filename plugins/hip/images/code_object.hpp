// AMD's code objects: the kernels that they describe, and what they are compiled for: a target,
// that is a processor and the settings of its features, such as "gfx90a:sramecc+:xnack-".
// https://llvm.org/docs/AMDGPUUsage.html
#pragma once

#include "images/read_image.hpp"

namespace nexus::hip {

// The arguments that launches give to each kernel. Fails with NXS_InvalidBinary for what is no
// complete code object, or for one that a device with this target does not run.
Kernels read_code_object(Bytes bytes, const std::string &target);

// The target at the end of a text such as "amdgcn-amd-amdhsa--gfx90a:xnack-"; empty if it has none.
std::string_view target_in(std::string_view text);

// The target without the settings.
std::string_view processor_of(std::string_view target);

// How closely code for a target fits a device: 0 if the device does not run it, and more the more
// the code's target says about the device.
int fitness(std::string_view code, std::string_view device);

}  // namespace nexus::hip
