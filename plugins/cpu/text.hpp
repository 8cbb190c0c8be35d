// Texts, and bytes as text.
#pragma once

#include <nexus-sdk/objects/image.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace nexus::cpu {
using sdk::text_of;

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// The text with `to` in each place of `from`.
inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace nexus::cpu
