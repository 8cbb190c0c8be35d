// PTX, the assembly language of NVIDIA's devices, and the kernels that a text in it declares.
#pragma once

#include <string_view>

#include "images/image.hpp"

namespace nexus::gpu {

bool is_ptx(std::string_view text);

// The parameters of each kernel. Only compilers since about PTX ISA 8 mark addresses, so a 64-bit
// parameter without the mark may be an address or a scalar. Integers have a size but no sign.
Kernels declared_kernels(std::string_view ptx);

// The text as an image.
Image ptx_image(std::string text);

}  // namespace nexus::gpu
