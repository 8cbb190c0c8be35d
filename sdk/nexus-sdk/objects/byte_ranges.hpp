// Reading an image that nobody has checked yet: each access is compared with the image's size.
#pragma once

#include <nexus-sdk/base/error.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace nexus::sdk {

using Bytes = std::span<const std::byte>;

// A number in the order of this machine's bytes, which is that of the images.
template <class T>
T number_at(Bytes bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T))
    fail(NXS_InvalidBinary, "the image is truncated: it has ", bytes.size(), " bytes, and offset ",
         offset, " is needed");
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// A part of the bytes, which messages call `what`.
inline Bytes part_of(Bytes bytes, std::uint64_t offset, std::uint64_t size, const char *what) {
  if (offset > bytes.size() || size > bytes.size() - offset)
    fail(NXS_InvalidBinary, "the image is truncated or damaged: ", what, " of ", size,
         " bytes at offset ", offset, " exceeds the image's ", bytes.size());
  return bytes.subspan(offset, size);
}

}  // namespace nexus::sdk
