// Names of AArch64 processors, as LLVM's -mcpu and the device database spell them.
#pragma once

#include <string>
#include <string_view>

namespace nexus::cpu {

// By implementer and part number of the main identification register (Arm Architecture Reference
// Manual, MIDR_EL1).
inline std::string aarch64_architecture(long implementer, long part) {
  constexpr long kArm = 0x41;
  if (implementer == kArm && part == 0xd0c) return "neoverse-n1";
  if (implementer == kArm && part == 0xd40) return "neoverse-v1";
  if (implementer == kArm && part == 0xd4f) return "neoverse-v2";
  if (implementer == kArm && part == 0xd49) return "neoverse-n2";
  return "aarch64";
}

// By Apple's product name, such as "Apple M3 Pro".
inline std::string apple_architecture(std::string_view brand) {
  constexpr std::string_view kFamily = "Apple M";
  if (!brand.starts_with(kFamily)) return "aarch64";
  brand.remove_prefix(kFamily.size());
  const std::string_view generation = brand.substr(0, brand.find(' '));
  if (generation.size() != 1 || generation[0] < '1' || generation[0] > '4') return "aarch64";
  return "apple-m" + std::string(generation);
}

}  // namespace nexus::cpu
