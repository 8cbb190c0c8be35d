// Images that kernels are loaded from: binaries from NVIDIA's compilers, PTX, or CUDA C++ source.
#pragma once

#include <nexus-sdk/objects/byte_ranges.hpp>

#include <string>

#include "images/image.hpp"

namespace nexus::cuda {
using namespace sdk;
using gpu::Image;
using gpu::Kernels;

// Checks and, if need be, compiles an image. The driver is given no size, so it is checked here
// that nothing in the image refers beyond its end. Source is compiled for devices of that compute
// capability. `path` is the file that the bytes were read from, or empty. The image's type is
// "cubin", "fatbin", "ptx" or "source".
Image read_image(Bytes bytes, const std::string &path, int capability);

// Compiles CUDA C++ source to images with NVRTC, if that is installed. Fails with
// NXS_CompilerNotAvailable without NVRTC, and with NXS_BuildProgramFailure and the compiler's text
// if the source does not compile. The compiler's messages call the source `name`.
Image compile(const std::string &source, const std::string &name, int capability);

}  // namespace nexus::cuda
