// The arguments of kernels, from Metal's reflection.
#pragma once

#include "library.hpp"

namespace nexus::metal {

// Stores a function's arguments in its pipeline. Fails with NXS_InvalidKernelDefinition if a kernel
// takes arguments that the ABI cannot pass.
void read_parameters(const std::string &kernel, NSArray<id<MTLBinding>> *bindings,
                     Pipeline &pipeline);

}  // namespace nexus::metal
