// What libraries are loaded from: files, and what their first bytes tell.
#pragma once

#include <nexus-sdk/error.hpp>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

namespace nexus {

inline bool begins_with(std::span<const std::byte> bytes, std::string_view magic) {
  return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

inline bool is_text(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c >= 0x80 || std::isprint(c) || std::isspace(c);
  });
}

// The whole of a regular file.
inline std::string read_file(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file) fail(NXS_InvalidValue, "'", path, "' cannot be read: ", std::strerror(errno));
  if (bytes.empty()) fail(NXS_InvalidBinary, "'", path, "' is empty");
  return bytes;
}

}  // namespace nexus
