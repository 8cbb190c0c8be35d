// Images that kernels are loaded from: binaries from AMD's compilers, PTX, or HIP source.
#pragma once

#include <nexus-sdk/objects/byte_ranges.hpp>

#include <string>

#include "images/image.hpp"

namespace nexus::hip {
using namespace sdk;
using gpu::Image;
using gpu::Kernels;

// Checks and, if need be, compiles an image for a device with a target such as
// "gfx90a:sramecc+:xnack-". The driver is given no size, so it is checked here that nothing in the
// image refers beyond its end. `path` is the file that the bytes were read from, or empty.
//
// The image's type is "hsaco" for a code object, also for one from a fat binary; "ptx", which only
// the stand-in of the tests takes; or "source".
Image read_image(Bytes bytes, const std::string &path, const std::string &target);

// Compiles source with hiprtc. Fails with NXS_CompilerNotAvailable without hiprtc, or if it is
// older than the target, and with NXS_BuildProgramFailure and the compiler's text if the source
// does not compile. The compiler's messages call the source `name`.
Image compile(const std::string &source, const std::string &name, const std::string &target);

}  // namespace nexus::hip
