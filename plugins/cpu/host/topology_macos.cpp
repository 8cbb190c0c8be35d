#if defined(__APPLE__)

#include <algorithm>
#include <string>

#include "host/sysctl.hpp"
#include "host/topology.hpp"

namespace nexus::cpu {
namespace {

// The cores of one performance level share caches of the same sizes.
void read_level(const std::string &level, nxs_long line_size, Topology &found) {
  const nxs_long cores = sysctl_number(level + "physicalcpu");
  const nxs_long threads = sysctl_number(level + "logicalcpu");
  if (cores <= 0) return;
  const nxs_long per_core = std::max<nxs_long>(threads / cores, 1);
  const auto add = [&](const char *type, const char *name, nxs_long shared_by) {
    const nxs_long size = sysctl_number(level + name);
    if (size <= 0 || shared_by <= 0) return;
    found.caches.push_back(
        {type, size, (threads + shared_by - 1) / shared_by, shared_by, line_size, 0});
  };
  add("L3", "l3cachesize", sysctl_number(level + "cpusperl3"));
  add("L2", "l2cachesize", sysctl_number(level + "cpusperl2"));
  add("L1", "l1dcachesize", per_core);
  add("L1I", "l1icachesize", per_core);
}

}  // namespace

Topology read_topology() {
  Topology found;
  found.threads = sysctl_number("hw.logicalcpu");
  found.cores = sysctl_number("hw.physicalcpu");
  found.sockets = sysctl_number("hw.packages");
  const nxs_long levels = sysctl_number("hw.nperflevels");
  const nxs_long line_size = sysctl_number("hw.cachelinesize");
  for (nxs_long level = 0; level < levels; ++level)
    read_level("hw.perflevel" + std::to_string(level) + ".", line_size, found);
  std::stable_sort(
      found.caches.begin(), found.caches.end(),
      [](const Cache &one, const Cache &other) { return one.type[1] > other.type[1]; });
  return found;
}

}  // namespace nexus::cpu

#endif
