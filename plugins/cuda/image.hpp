// What kernels are loaded from: images that NVIDIA's compilers made, PTX, or CUDA C++ source.
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
  // As the driver takes it, with a NUL behind it.
  std::string data;
  // "cubin", "fatbin", "ptx" or "source".
  const char *type;
  // What the compiler remarked.
  std::string message;
  // The kernels by name, where the image is text that declares them.
  Kernels kernels;
};

// The driver is given a pointer and no size, so here is seen to that an image does not lead beyond
// its end. Source is compiled for devices of that compute capability. `path` is the file that the
// bytes are from, empty for none.
Image read_image(std::span<const std::byte> bytes, const std::string &path, int capability);

}  // namespace nexus::cuda
