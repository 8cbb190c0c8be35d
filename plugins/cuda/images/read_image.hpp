// Images that kernels are loaded from: binaries from NVIDIA's compilers, PTX, or CUDA C++ source.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "images/image.hpp"

namespace nexus::cuda {
using gpu::Image;
using gpu::Kernels;

// Checks and, if need be, compiles an image. The driver is given no size, so it is checked here
// that nothing in the image refers beyond its end. Source is compiled for devices of that compute
// capability. `path` is the file that the bytes were read from, or empty. The image's type is
// "cubin", "fatbin", "ptx" or "source".
Image read_image(std::span<const std::byte> bytes, const std::string &path, int capability);

}  // namespace nexus::cuda
