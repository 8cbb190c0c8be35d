// Numbers that name a device, in the formats of the usual tools.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace nexus::sdk {

inline std::string hex_text(std::uint64_t value, int digits) {
  std::string text;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
    text.push_back("0123456789abcdef"[value >> shift & 15]);
  return text;
}

// A UUID with hyphens, as nvidia-smi and clinfo print it.
inline std::string uuid_text(std::span<const unsigned char, 16> bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text += hex_text(bytes[i], 2);
  }
  return text;
}

}  // namespace nexus::sdk
