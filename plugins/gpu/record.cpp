#include "record.hpp"

#include <nexus-sdk/base/json.hpp>

#include "device.hpp"

namespace nexus::gpu {
namespace {

using sdk::JsonObject;

JsonObject memory(const char *type, nxs_long size, nxs_long count) {
  JsonObject memory;
  memory.add("Type", type).add("Size", size).add("Count", count);
  return memory.add("TotalSize", size * count);
}

JsonObject memory_subsystem(const GpuDevice &device, nxs_long size) {
  const nxs_long cores = device.attribute(native::kMultiprocessors);
  std::vector<JsonObject> types(1);
  // The driver does not tell what kind of memory it is.
  types.front()
      .add("Type", "Main")
      .add("Size", size)
      .add("BusWidth", device.attribute(native::kMemoryBusWidth))
      .add("ClockRate", device.attribute(native::kMemoryClockRate) / 1000);
  const auto add = [&](const char *type, nxs_long one, nxs_long count) {
    if (one && count) types.push_back(memory(type, one, count));
  };
  add("L2", device.attribute(native::kL2Size), 1);
  add("Shared", device.attribute(native::kMaxSharedPerMultiprocessor), cores);
  add("Registers", 4 * device.attribute(native::kMaxRegistersPerMultiprocessor), cores);
  JsonObject subsystem;
  return subsystem.add("MemoryTypes", types);
}

JsonObject core_subsystem(const GpuDevice &device) {
  JsonObject core, subsystem;
  core.add("Type", device.core_type()).add("Count", device.attribute(native::kMultiprocessors));
  return subsystem.add("Type", "GPU")
      .add("Count", device.attribute(native::kMultiprocessors))
      .add("SubUnitType", device.core_type())
      .add("SubUnits", std::vector{core});
}

JsonObject limits(const GpuDevice &device) {
  JsonObject limits;
  for (const auto &[name, attribute] :
       {std::pair{"MaxThreadsPerBlock", native::kMaxThreadsPerBlock},
        std::pair{"MaxThreadsPerCore", native::kMaxThreadsPerMultiprocessor},
        std::pair{"MaxThreadgroupsPerCore", native::kMaxBlocksPerMultiprocessor},
        std::pair{"DefaultThreadgroupMemorySize", native::kMaxSharedPerBlock},
        std::pair{"MaxThreadgroupMemoryPerCore", native::kMaxSharedPerMultiprocessor},
        std::pair{"ReservedThreadgroupMemorySize", native::kReservedSharedPerBlock},
        std::pair{"MaxRegistersPerBlock", native::kMaxRegistersPerBlock},
        std::pair{"MaxRegistersPerCore", native::kMaxRegistersPerMultiprocessor},
        std::pair{"ConstantMemorySize", native::kConstantMemory}})
    limits.add(name, device.attribute(attribute));
  limits.add("MaxThreadgroupMemorySize", device.max_shared_memory());
  const auto sizes = [&](native::Attribute x, native::Attribute y, native::Attribute z) {
    return std::vector{device.attribute(x), device.attribute(y), device.attribute(z)};
  };
  return limits.add("MaxGridSize", sizes(native::kMaxGridX, native::kMaxGridY, native::kMaxGridZ))
      .add("MaxBlockSize", sizes(native::kMaxBlockX, native::kMaxBlockY, native::kMaxBlockZ));
}

}  // namespace

std::string record_of(const GpuDevice &device, nxs_long memory) {
  JsonObject record;
  return record.add("CoreSubsystem", core_subsystem(device))
      .add("MemorySubsystem", memory_subsystem(device, memory))
      .add("Limits", limits(device))
      .text();
}

}  // namespace nexus::gpu
