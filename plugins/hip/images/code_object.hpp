// Reads AMD's code objects, which describe their kernels.
// https://llvm.org/docs/AMDGPUUsage.html#code-object-metadata
#pragma once

#include <nexus-sdk/objects/byte_ranges.hpp>

#include <string>

#include "images/read_image.hpp"

namespace nexus::hip {

struct CodeObject {
  // What it was compiled for, such as "gfx90a:xnack-".
  std::string target;
  // The arguments that a launch gives.
  Kernels kernels;
};

// Fails with NXS_InvalidBinary for what is no complete code object, or one of another version.
CodeObject read_code_object(sdk::Bytes bytes);

}  // namespace nexus::hip
