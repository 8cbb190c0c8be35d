#include "host/topology.hpp"

namespace nexus::cpu {

nxs_ulong last_level_cache() {
  static const nxs_ulong size = [] {
    constexpr nxs_ulong kTypical = nxs_ulong{32} << 20;
    const Topology topology = read_topology();
    const nxs_long first = topology.caches.empty() ? 0 : topology.caches.front().size;
    return first > 0 ? static_cast<nxs_ulong>(first) : kTypical;
  }();
  return size;
}

}  // namespace nexus::cpu
