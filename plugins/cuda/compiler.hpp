// CUDA C++ source to images, by NVRTC, where that is installed.
#pragma once

#include <string>

#include "image.hpp"

namespace nexus::cuda {

// Fails with NXS_CompilerNotAvailable without NVRTC, and with NXS_BuildProgramFailure and the
// compiler's text where the source does not compile. `name` is what its messages call the source.
Image compile(const std::string &source, const std::string &name, int capability);

}  // namespace nexus::cuda
