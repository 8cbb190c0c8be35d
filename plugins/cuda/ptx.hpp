// What PTX text tells of its kernels.
#pragma once

#include <string_view>

#include "image.hpp"

namespace nexus::cuda {

// The parameters of each kernel. Compilers mark addresses only since PTX ISA 8.x or so: a parameter
// of 64 bits without such a mark may be either. Of integers it tells the size and not the sign.
Kernels declared_kernels(std::string_view ptx);

}  // namespace nexus::cuda
