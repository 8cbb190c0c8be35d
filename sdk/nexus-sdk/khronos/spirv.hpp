// Checks of SPIR-V before a driver sees it: some end the process over damaged words.
// https://registry.khronos.org/SPIR-V/specs/unified1/SPIRV.html, section "Physical Layout of a
// SPIR-V Module and Instruction"
#pragma once

#include <nexus-sdk/objects/byte_ranges.hpp>
#include <nexus-sdk/objects/image.hpp>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace nexus::sdk {

inline bool is_spirv(Bytes bytes) {
  // The first word, in either order of bytes.
  return begins_with(bytes, "\x03\x02\x23\x07") || begins_with(bytes, "\x07\x23\x02\x03");
}

namespace detail {

// Tells from a module's instructions whether it was cut short: then the end of a function is
// missing, or a whole function that an entry point or a call refers to.
class SpirvFunctions {
 public:
  // `operand(i)` is the instruction's word i, from 1.
  template <class Operand>
  void add(std::uint32_t opcode, const Operand &operand) {
    constexpr std::uint32_t kEntryPoint = 15, kFunction = 54, kEnd = 56, kCall = 57;
    if (opcode == kEntryPoint) used_.insert(operand(2));
    if (opcode == kCall) used_.insert(operand(3));
    if (opcode == kFunction) {
      defined_.insert(operand(2));
      open_ = true;
    }
    if (opcode == kEnd) open_ = false;
  }

  bool complete() const {
    return !open_ && std::includes(defined_.begin(), defined_.end(), used_.begin(), used_.end());
  }

 private:
  std::set<std::uint32_t> defined_, used_;
  bool open_ = false;
};

}  // namespace detail

// Why the bytes, which begin like SPIR-V, cannot be used, as the end of a sentence; empty if no
// reason is known. `versions` are those that the driver takes, such as "SPIR-V_1.0 SPIR-V_1.2";
// empty if it does not tell them.
inline std::string problem_with_spirv(Bytes bytes, std::string_view versions) {
  // The header's words, and instructions that each begin with their number of words.
  constexpr std::size_t kHeaderWords = 5, kVersion = 1, kBound = 3;
  constexpr const char *kDamaged = "it is damaged: its instructions do not fill it";
  const std::size_t count = bytes.size() / sizeof(std::uint32_t);
  const bool swapped = begins_with(bytes, "\x07");
  const auto word = [&](std::size_t index) {
    const auto value = number_at<std::uint32_t>(bytes, index * sizeof(std::uint32_t));
    return swapped ? __builtin_bswap32(value) : value;
  };
  if (bytes.size() % sizeof(std::uint32_t) || count <= kHeaderWords || !word(kBound))
    return kDamaged;
  const std::string version =
      concat("SPIR-V_", word(kVersion) >> 16 & 0xff, ".", word(kVersion) >> 8 & 0xff);
  if (versions.find("SPIR-V_") != versions.npos && versions.find(version) == versions.npos)
    return concat("it is of version ", version, ", and the driver takes ", versions);
  detail::SpirvFunctions functions;
  for (std::size_t at = kHeaderWords; at < count;) {
    const std::size_t words = word(at) >> 16;
    if (!words || words > count - at) return kDamaged;
    functions.add(word(at) & 0xffff, [&](std::size_t index) { return word(at + index); });
    at += words;
  }
  return functions.complete() ? "" : "it is damaged: functions, or their ends, are missing";
}

}  // namespace nexus::sdk
