#include "host/record.hpp"

#include <nexus-sdk/base/json.hpp>

namespace nexus::cpu {
namespace {

using sdk::JsonObject;

JsonObject memory_of(const Cache &cache) {
  JsonObject memory;
  memory.add("Type", cache.type)
      .add("Size", cache.size)
      .add("LineSize", cache.line_size)
      .add("Associativity", cache.ways)
      .add("SharedBy", cache.shared_by);
  return memory;
}

std::vector<JsonObject> memory_types(const HostInfo &host, const Topology &topology,
                                     const MemoryModules &modules) {
  JsonObject main;
  main.add("Type", modules.types.size() == 1 ? modules.types.front() : "Main")
      .add("Size", host.memory)
      .add("TransferRate", modules.transfer_rate);
  std::vector<JsonObject> all = {main};
  for (const Cache &cache : topology.caches)
    all.push_back(
        memory_of(cache).add("Count", cache.count).add("TotalSize", cache.size * cache.count));
  return all;
}

// The vector registers, and the caches that each core has for itself; no caches where cores differ.
std::vector<JsonObject> memory_of_cores(const HostInfo &host, const Topology &topology) {
  std::vector<JsonObject> own;
  for (const Cache &cache : topology.caches)
    if (cache.count == topology.cores) own.push_back(memory_of(cache).add("Count", 1));
  if (host.vector_registers) {
    JsonObject registers;
    registers.add("Type", "VectorRegisters")
        .add("Size", host.vector_register_size)
        .add("Count", host.vector_registers)
        .add("TotalSize", host.vector_register_size * host.vector_registers);
    own.push_back(registers);
  }
  return own;
}

JsonObject unit(const char *type, nxs_long count) {
  JsonObject unit;
  unit.add("Type", type).add("Count", count);
  return unit;
}

JsonObject cores(const HostInfo &host, const Topology &topology) {
  JsonObject core = unit("Core", topology.cores);
  core.add("SIMDSize", host.simd_lanes).add("Memory", memory_of_cores(host, topology));
  if (topology.threads % topology.cores == 0) {
    JsonObject thread = unit("Thread", topology.threads / topology.cores);
    thread.add("TotalCount", topology.threads);
    core.add("SubUnitType", "Thread").add("SubUnits", std::vector{thread});
  }
  return core;
}

}  // namespace

std::string record_of(const HostInfo &host, const Topology &topology,
                      const MemoryModules &modules) {
  std::vector<JsonObject> units;
  if (topology.cores) units.push_back(cores(host, topology));
  if (topology.sockets) units.push_back(unit("Socket", topology.sockets));
  if (topology.numa_nodes) units.push_back(unit("NumaNode", topology.numa_nodes));
  JsonObject core_subsystem;
  core_subsystem.add("Type", "CPU")
      .add("Count", host.cores)
      .add("SubUnitType", "Core")
      .add("SubUnits", units);

  JsonObject memory_subsystem;
  memory_subsystem
      .add("SupportedMemoryTypes",
           modules.types.empty() ? std::vector<std::string>{"Main"} : modules.types)
      .add("MemoryTypes", memory_types(host, topology, modules));

  JsonObject limits;
  limits.add("MaxVectorLength", 8 * host.vector_register_size);

  JsonObject record;
  record.add("CoreSubsystem", core_subsystem)
      .add("MemorySubsystem", memory_subsystem)
      .add("Limits", limits);
  return record.text();
}

const std::string &host_record() {
  static const std::string record = record_of(host_info(), read_topology(), read_memory_modules());
  return record;
}

}  // namespace nexus::cpu
