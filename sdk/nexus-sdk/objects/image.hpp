// Images that libraries are loaded from: reading files, and recognizing formats.
#pragma once

#include <nexus-sdk/base/ascii.hpp>
#include <nexus-sdk/base/error.hpp>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

namespace nexus::sdk {

inline std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

inline bool begins_with(std::span<const std::byte> bytes, std::string_view magic) {
  return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

// Whether the bytes are UTF-8 (RFC 3629) without control characters.
inline bool is_text(std::string_view text) {
  std::size_t following = 0;
  for (const unsigned char c : text) {
    if (following) {
      if ((c & 0xc0) != 0x80) return false;
      --following;
    } else if (c >= 0x80) {
      following = c >= 0xc2 && c < 0xe0   ? 1
                  : c >= 0xe0 && c < 0xf0 ? 2
                  : c >= 0xf0 && c < 0xf5 ? 3
                                          : 0;
      if (!following) return false;
    } else if ((c < ' ' && !is_blank(static_cast<char>(c))) || c == 0x7f) {
      return false;
    }
  }
  return !text.empty() && !following;
}

// The text without the mark that some editors put at the beginning.
inline std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  return text.substr(text.starts_with(kMark) ? kMark.size() : 0);
}

// The text in an image, without the NULs that may end it; empty if the image is something else.
inline std::string text_in(std::span<const std::byte> image) {
  const std::string_view bytes = text_of(image);
  const std::string_view text = bytes.substr(0, bytes.find_last_not_of('\0') + 1);
  return std::string(is_text(text) ? text : "");
}

// The contents of a regular file.
inline std::string read_file(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file) fail(NXS_InvalidValue, "'", path, "' cannot be read: ", std::strerror(errno));
  if (bytes.empty()) fail(NXS_InvalidBinary, "'", path, "' is empty");
  return bytes;
}

}  // namespace nexus::sdk
