// Images that kernels are loaded from: binaries from AMD's compilers, PTX, or HIP source.
#pragma once

#include <cstddef>
#include <span>
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
// The image's type is "hsaco" for a code object, also for one from a fat binary; "ptx", which the
// drivers of devices that are not AMD's take; or "source".
Image read_image(std::span<const std::byte> bytes, const std::string &path,
                 const std::string &target);

}  // namespace nexus::hip
