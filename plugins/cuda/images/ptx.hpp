// Reads the declarations of kernels in PTX.
#pragma once

#include <string_view>

#include "images/image.hpp"

namespace nexus::cuda {

// The parameters of each kernel. Only compilers since about PTX ISA 8 mark addresses, so a 64-bit
// parameter without the mark may be an address or a scalar. Integers have a size but no sign.
Kernels declared_kernels(std::string_view ptx);

}  // namespace nexus::cuda
