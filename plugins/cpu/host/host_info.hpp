// Facts about this machine from the operating system and the processor.
#pragma once

#include <nexus-api/nxs_platform.h>

#include <string>

namespace nexus::cpu {

// Sizes in bytes, rates in MHz; 0 or empty if unknown.
struct HostInfo {
  std::string name;
  // In lower case, such as "amd", "intel", "apple" or "arm".
  std::string vendor;
  // The psABI level on x86-64 ("x86_64-v3"); on AArch64 the processor if it is a known one
  // ("neoverse-v2", "apple-m1"); else the machine's name ("aarch64").
  std::string architecture;
  // Names of instruction set extensions, separated by spaces.
  std::string features;
  // Processors that this process may use.
  nxs_long cores = 1;
  // The number of 32-bit lanes in the widest vector registers.
  nxs_long simd_lanes = 1;
  // The number and size of the vector registers.
  nxs_long vector_registers = 0, vector_register_size = 0;
  nxs_long memory = 0;
  nxs_long core_cache = 0;
  nxs_long max_clock = 0;
  nxs_long base_clock = 0;
};

// Facts are read on the first call.
const HostInfo &host_info();

}  // namespace nexus::cpu
