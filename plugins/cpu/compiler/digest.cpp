#include "compiler/digest.hpp"

namespace nexus::cpu {

// FNV-1a with 128 bits (Fowler, Noll, Vo: The FNV Non-Cryptographic Hash Algorithm,
// draft-eastlake-fnv).
std::string digest(const std::vector<std::string_view> &parts) {
  __extension__ using Wide = unsigned __int128;
  constexpr Wide kPrime = (Wide{1} << 88) + 0x13b;
  Wide hash = Wide{0x6c62272e07bb0142} << 64 | 0x62b821756295c58d;
  const auto add = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  };
  for (const std::string_view part : parts) {
    // The size comes first, so that ("ab", "c") and ("a", "bc") differ.
    add(std::to_string(part.size()) + ":");
    add(part);
  }
  std::string text;
  for (int shift = 124; shift >= 0; shift -= 4)
    text.push_back("0123456789abcdef"[(hash >> shift) & 15]);
  return text;
}

}  // namespace nexus::cpu
