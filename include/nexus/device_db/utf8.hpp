/**
 * @file utf8.hpp
 * Whether bytes are text.
 */
#ifndef NEXUS_DEVICE_DB_UTF8_HPP
#define NEXUS_DEVICE_DB_UTF8_HPP

#include <string_view>

namespace nexus::detail {

/** Returns the length in bytes of the UTF-8 character that a text begins with; 0 for none. */
inline std::size_t characterLength(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const unsigned lead = byte(0);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  // Longer than needed, halves of surrogate pairs, beyond the last character.
  const bool wrong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) >= 0xA0) ||
                     (lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) >= 0x90);
  return wrong ? 0 : length;
}

/** Returns the position of the first byte that is not UTF-8; npos if all are. */
inline std::size_t findNoText(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = characterLength(bytes.substr(at));
    if (!length) return at;
    at += length;
  }
  return std::string_view::npos;
}

}  // namespace nexus::detail

#endif  // NEXUS_DEVICE_DB_UTF8_HPP
