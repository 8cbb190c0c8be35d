// The arguments of kernels, as Metal tells them.
#pragma once

#include "library.hpp"

namespace nexus::metal {

// Puts what the bindings of a function say into its pipeline. Fails with
// NXS_InvalidKernelDefinition where a kernel takes what the ABI cannot give it.
void read_parameters(const std::string &kernel, NSArray<id<MTLBinding>> *bindings,
                     Pipeline &pipeline);

}  // namespace nexus::metal
