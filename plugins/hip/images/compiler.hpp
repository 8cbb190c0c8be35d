// Compiles HIP source to images with hiprtc, if that is installed.
#pragma once

#include <string>

#include "images/read_image.hpp"

namespace nexus::hip {

// Fails with NXS_CompilerNotAvailable without hiprtc, or if it is older than the target, and with
// NXS_BuildProgramFailure and the compiler's text if the source does not compile. The compiler's
// messages call the source `name`.
Image compile(const std::string &source, const std::string &name, const std::string &target);

}  // namespace nexus::hip
