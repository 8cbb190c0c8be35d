// The arguments of kernels, from Metal's reflection.
#pragma once

#include "library.hpp"

namespace nexus::metal {

// Stores a function's arguments in its pipeline. Fails with NXS_InvalidKernelDefinition if a kernel
// takes arguments that the ABI cannot pass.
void read_parameters(const std::string &kernel, NSArray<id<MTLBinding>> *bindings,
                     Pipeline &pipeline);

// Stores what the source says about the kinds of a kernel's arguments, if it says one thing only
// and has the names that Metal reports.
void read_kinds(const DeclaredKernels &declared, const std::string &entry,
                std::vector<Parameter> &parameters);

}  // namespace nexus::metal
