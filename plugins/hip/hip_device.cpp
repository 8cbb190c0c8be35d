#include "hip_device.hpp"

#include "driver/sysfs.hpp"
#include "images/read_image.hpp"

namespace nexus::hip {
namespace {

// The device's unique number, which HIP writes as digits, in the format of rocminfo; empty if it
// has none.
std::string uuid_of(gpu::native::Device device) {
  gpu::native::Uuid uuid{};
  gpu::check(gpu::driver().deviceGetUuid(&uuid, device), "asking for a UUID");
  const std::string digits(uuid.bytes, sizeof uuid.bytes);
  return digits.find_first_not_of("0123456789abcdefABCDEF") == digits.npos ? "GPU-" + digits : "";
}

}  // namespace

Property HipDevice::property(nxs_property id) const {
  switch (id) {
    case NP_Vendor: return std::string("amd");
    // Without the settings of its features.
    case NP_Architecture: return target_.substr(0, target_.find(':'));
    // The whole target, which has them.
    case NP_Features: return target_;
    case NP_UUID: return text_if_known(uuid_of(handle()));
    case NP_SubUnitType: return std::string("compute unit");
    case NP_DataTypes:
      return std::vector<std::string>{"F16", "F32", "F64", "I8",  "U8",  "I16",
                                      "U16", "I32", "U32", "I64", "U64", "Bool"};
    case NP_CoreUtilization: return core_utilization(bus_id);
    case NP_MemoryUtilization: return memory_utilization(bus_id);
    case NP_MaxPower: return max_power(bus_id);
    default: return GpuDevice::property(id);
  }
}

gpu::Image HipDevice::read_image(std::span<const std::byte> bytes, const std::string &path) const {
  return hip::read_image(bytes, path, target_);
}

}  // namespace nexus::hip
