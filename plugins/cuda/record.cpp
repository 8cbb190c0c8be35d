#include "record.hpp"

#include <nexus-sdk/base/json.hpp>

#include "device.hpp"

namespace nexus::cuda {
namespace {

using sdk::JsonObject;

JsonObject memory(const char *type, nxs_long size, nxs_long count) {
  JsonObject memory;
  memory.add("Type", type).add("Size", size).add("Count", count);
  return memory.add("TotalSize", size * count);
}

JsonObject memory_subsystem(const CudaDevice &device, nxs_long size) {
  const nxs_long cores = device.attribute(cu::kMultiprocessors);
  std::vector<JsonObject> types(1);
  // The driver does not tell what kind of memory it is.
  types.front()
      .add("Type", "Main")
      .add("Size", size)
      .add("BusWidth", device.attribute(cu::kMemoryBusWidth))
      .add("ClockRate", device.attribute(cu::kMemoryClockRate) / 1000);
  const auto add = [&](const char *type, nxs_long one, nxs_long count) {
    if (one && count) types.push_back(memory(type, one, count));
  };
  add("L2", device.attribute(cu::kL2Size), 1);
  add("Shared", device.attribute(cu::kMaxSharedPerMultiprocessor), cores);
  add("Registers", 4 * device.attribute(cu::kMaxRegistersPerMultiprocessor), cores);
  JsonObject subsystem;
  return subsystem.add("MemoryTypes", types);
}

JsonObject core_subsystem(const CudaDevice &device) {
  JsonObject core, subsystem;
  core.add("Type", "SM").add("Count", device.attribute(cu::kMultiprocessors));
  return subsystem.add("Type", "GPU")
      .add("Count", device.attribute(cu::kMultiprocessors))
      .add("SubUnitType", "SM")
      .add("SubUnits", std::vector{core});
}

JsonObject limits(const CudaDevice &device) {
  JsonObject limits;
  for (const auto &[name, attribute] :
       {std::pair{"MaxThreadsPerBlock", cu::kMaxThreadsPerBlock},
        std::pair{"MaxThreadsPerCore", cu::kMaxThreadsPerMultiprocessor},
        std::pair{"MaxThreadgroupsPerCore", cu::kMaxBlocksPerMultiprocessor},
        std::pair{"MaxThreadgroupMemorySize", cu::kMaxSharedPerBlockOptin},
        std::pair{"DefaultThreadgroupMemorySize", cu::kMaxSharedPerBlock},
        std::pair{"MaxThreadgroupMemoryPerCore", cu::kMaxSharedPerMultiprocessor},
        std::pair{"ReservedThreadgroupMemorySize", cu::kReservedSharedPerBlock},
        std::pair{"MaxRegistersPerBlock", cu::kMaxRegistersPerBlock},
        std::pair{"MaxRegistersPerCore", cu::kMaxRegistersPerMultiprocessor},
        std::pair{"ConstantMemorySize", cu::kConstantMemory}})
    limits.add(name, device.attribute(attribute));
  const auto sizes = [&](int x, int y, int z) {
    return std::vector{device.attribute(x), device.attribute(y), device.attribute(z)};
  };
  return limits.add("MaxGridSize", sizes(cu::kMaxGridX, cu::kMaxGridY, cu::kMaxGridZ))
      .add("MaxBlockSize", sizes(cu::kMaxBlockX, cu::kMaxBlockY, cu::kMaxBlockZ));
}

}  // namespace

std::string record_of(const CudaDevice &device, nxs_long memory) {
  JsonObject record;
  return record.add("CoreSubsystem", core_subsystem(device))
      .add("MemorySubsystem", memory_subsystem(device, memory))
      .add("Limits", limits(device))
      .text();
}

}  // namespace nexus::cuda
