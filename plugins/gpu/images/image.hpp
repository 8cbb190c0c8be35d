// An image that kernels are loaded from, as a driver takes it.
#pragma once

#include <nexus-sdk/objects/library.hpp>

#include <map>
#include <string>
#include <vector>

namespace nexus::gpu {
using namespace sdk;

using Kernels = std::map<std::string, std::vector<Parameter>>;

struct Image {
  // The image in the driver's format, followed by a NUL.
  std::string data;
  // The original format, such as "cubin", "hsaco", "ptx" or "source".
  const char *type;
  // The compiler's warnings and remarks.
  std::string message;
  // The parameters of each kernel, by name, if the image declares them.
  Kernels kernels;
};

}  // namespace nexus::gpu
