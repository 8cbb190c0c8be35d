// The processors, caches and memory nodes of this machine.
#pragma once

#include <nexus-api/nxs_platform.h>

#include <string>
#include <vector>

namespace nexus::cpu {

// Caches of one kind; sizes in bytes, 0 where unknown.
struct Cache {
  // Such as "L2"; "L1I" holds instructions only, "L1" data, or both.
  std::string type;
  nxs_long size = 0;
  // How many there are, and how many hardware threads share one.
  nxs_long count = 0, shared_by = 0;
  nxs_long line_size = 0, ways = 0;
};

// Counts are 0 where unknown.
struct Topology {
  nxs_long threads = 0, cores = 0, sockets = 0, numa_nodes = 0;
  // The last level first; data before instructions.
  std::vector<Cache> caches;
};

#if defined(__APPLE__)
Topology read_topology();
#else
constexpr const char *kDevices = "/sys/devices/system";

// The numbers in a list such as "0-3,8".
std::vector<nxs_long> listed_numbers(const std::string &list);
// The bytes in a size such as "48K"; 0 if it is none.
nxs_long size_in(const std::string &text);
// `devices` is the folder in which Linux lists processors and nodes.
Topology read_topology(const std::string &devices = kDevices);
#endif

// Size in bytes of the largest cache, that of a typical server where the system does not tell.
// Determined on the first call.
nxs_ulong last_level_cache();

}  // namespace nexus::cpu
