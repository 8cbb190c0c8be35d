// Reads AMD's code objects, which describe their kernels.
// https://llvm.org/docs/AMDGPUUsage.html#code-object-metadata
#pragma once

#include <string>

#include "images/read_image.hpp"

namespace nexus::hip {

// The arguments that launches give to each kernel. Fails with NXS_InvalidBinary for what is no
// complete code object, or for one that a device with this target does not run.
Kernels read_code_object(Bytes bytes, const std::string &target);

}  // namespace nexus::hip
