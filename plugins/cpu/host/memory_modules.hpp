// The kind of main memory that is plugged in, where the system tells.
#pragma once

#include <nexus-api/nxs_platform.h>

#include <string>
#include <string_view>
#include <vector>

namespace nexus::cpu {

struct MemoryModules {
  // Kinds such as "DDR5", each once; empty where unknown.
  std::vector<std::string> types;
  // Transfers per second on each wire, of the slowest module, in MT/s; 0 where unknown.
  nxs_long transfer_rate = 0;
};

// The modules in a table of the System Management BIOS (DMTF DSP0134, structure type 17).
MemoryModules modules_in_table(std::string_view table);

// `system` is the folder /sys, of which files may be readable for root only.
MemoryModules read_memory_modules(const std::string &system = "/sys");

}  // namespace nexus::cpu
