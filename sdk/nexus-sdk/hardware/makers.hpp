// The makers of devices, as the device database spells them.
#pragma once

#include <nexus-sdk/base/ascii.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace nexus::sdk {

namespace detail {

// Whether a text in lower case has these words, and not as a part of others: "arm" is not in
// "charm".
inline bool has_words(std::string_view text, std::string_view words) {
  const auto in_word = [](char c) { return is_letter(c) || is_digit(c); };
  for (auto at = text.find(words); at != text.npos; at = text.find(words, at + 1)) {
    const auto end = at + words.size();
    const bool begins = at == 0 || !in_word(text[at - 1]);
    if (begins && (end == text.size() || !in_word(text[end]))) return true;
  }
  return false;
}

}  // namespace detail

// The maker whose name is in a text; empty if there is none.
inline std::string maker_in(std::string_view text) {
  constexpr std::pair<std::string_view, const char *> kMakers[] = {
      {"intel", "intel"},
      {"genuineintel", "intel"},
      {"nvidia", "nvidia"},
      {"amd", "amd"},
      {"authenticamd", "amd"},
      {"radeon", "amd"},
      {"advanced micro devices", "amd"},
      {"qualcomm", "qualcomm"},
      {"apple", "apple"},
      {"imagination technologies", "imagination"},
      {"arm", "arm"}};
  const std::string searched = in_lower_case(text);
  for (const auto &[words, maker] : kMakers)
    if (detail::has_words(searched, words)) return maker;
  return {};
}

// The maker by PCI vendor ID; empty if unknown. PoCL answers Intel's for CPUs of AMD, and early
// drivers for Mali answer the product's, so that the words come first.
inline std::string maker_of(std::uint32_t vendor_id) {
  switch (vendor_id) {
    case 0x8086: return "intel";
    case 0x10de: return "nvidia";
    case 0x1002: return "amd";
    case 0x13b5: return "arm";
    case 0x5143: return "qualcomm";
    case 0x106b: return "apple";
    case 0x1010: return "imagination";
    default: return {};
  }
}

}  // namespace nexus::sdk
