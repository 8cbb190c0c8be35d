// An image that kernels are loaded from, as a driver takes it.
#pragma once

#include <nexus-sdk/objects/byte_ranges.hpp>
#include <nexus-sdk/objects/image.hpp>
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

// The image as text, which may end in NULs. Fails with NXS_InvalidBinary for anything else, which
// is not one of the `formats` either. `path` is its file, or empty.
inline std::string required_text(Bytes bytes, const std::string &path, const char *formats) {
  std::string text = text_in(bytes);
  if (text.empty())
    fail(NXS_InvalidBinary, path.empty() ? "the image" : "'" + path + "'", " is neither ", formats,
         ", nor text");
  return text;
}

}  // namespace nexus::gpu
