// Images that kernels are loaded from: binaries from NVIDIA's compilers, PTX, or CUDA C++ source.
#pragma once

#include <nexus-sdk/objects/library.hpp>

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace nexus::cuda {
using namespace sdk;

using Kernels = std::map<std::string, std::vector<Parameter>>;

struct Image {
  // The image in the driver's format, followed by a NUL.
  std::string data;
  // The original format: "cubin", "fatbin", "ptx" or "source".
  const char *type;
  // The compiler's warnings and remarks.
  std::string message;
  // The parameters of each kernel, by name, if the image's text declares them.
  Kernels kernels;
};

// Checks and, if need be, compiles an image. The driver is given no size, so it is checked here
// that nothing in the image refers beyond its end. Source is compiled for devices of that compute
// capability. `path` is the file that the bytes were read from, or empty.
Image read_image(std::span<const std::byte> bytes, const std::string &path, int capability);

}  // namespace nexus::cuda
