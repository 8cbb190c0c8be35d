// Kinds of ASCII characters, the same in every locale. The functions of <cctype> depend on the
// process's locale and, for other bytes, on the system.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace nexus::sdk {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
inline bool is_letter(char c) { return is_upper(c) || (c >= 'a' && c <= 'z'); }

// Whether the character is a space, a tab, or ends a line or a page.
inline bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

inline std::string in_lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

}  // namespace nexus::sdk
