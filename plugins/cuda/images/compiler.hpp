// Compiles CUDA C++ source to images with NVRTC, if that is installed.
#pragma once

#include <string>

#include "images/read_image.hpp"

namespace nexus::cuda {

// Fails with NXS_CompilerNotAvailable without NVRTC, and with NXS_BuildProgramFailure and the
// compiler's text if the source does not compile. The compiler's messages call the source `name`.
Image compile(const std::string &source, const std::string &name, int capability);

}  // namespace nexus::cuda
