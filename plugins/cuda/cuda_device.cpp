#include "cuda_device.hpp"

#include "images/read_image.hpp"

namespace nexus::cuda {
namespace {

// The data types of a compute capability's instruction set: CUDA C++ Programming Guide,
// table "Feature Support per Compute Capability", and PTX ISA, section "Data Types".
std::vector<std::string> data_types(int capability) {
  std::vector<std::string> types = {"F32", "F64", "I8",  "U8",  "I16", "U16",
                                    "I32", "U32", "I64", "U64", "Bool"};
  if (capability >= 53) types.emplace_back("F16");
  if (capability >= 80) types.emplace_back("BF16");
  if (capability >= 89) types.insert(types.end(), {"F8", "BF8"});
  if (capability >= 100) types.emplace_back("F4");
  return types;
}

}  // namespace

int CudaDevice::capability() const {
  return static_cast<int>(attribute(gpu::native::kMajor) * 10 + attribute(gpu::native::kMinor));
}

Property CudaDevice::property(nxs_property id) const {
  switch (id) {
    case NP_Vendor: return std::string("nvidia");
    case NP_Architecture: return concat("sm_", capability());
    case NP_SubUnitType: return std::string("multiprocessor");
    case NP_DataTypes: return data_types(capability());
    case NP_CoreUtilization: return monitor_.core_utilization();
    case NP_MemoryUtilization: return monitor_.memory_utilization();
    case NP_MaxPower: return monitor_.max_power();
    default: return GpuDevice::property(id);
  }
}

gpu::Image CudaDevice::read_image(std::span<const std::byte> bytes, const std::string &path) const {
  return cuda::read_image(bytes, path, capability());
}

}  // namespace nexus::cuda
