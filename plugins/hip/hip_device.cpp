#include "hip_device.hpp"

#include <filesystem>
#include <fstream>
#include <optional>

#include "images/read_image.hpp"

namespace nexus::hip {
namespace {

namespace fs = std::filesystem;

// The device's unique number, which HIP writes as digits, in the format of rocminfo; empty if it
// has none.
std::string uuid_of(gpu::native::Device device) {
  gpu::native::Uuid uuid{};
  gpu::check(gpu::driver().deviceGetUuid(&uuid, device), "asking for a UUID");
  const std::string digits(uuid.bytes, sizeof uuid.bytes);
  return digits.find_first_not_of("0123456789abcdefABCDEF") == digits.npos ? "GPU-" + digits : "";
}

// A current reading from a file of AMD's kernel driver; empty if there is no such file.
// https://docs.kernel.org/gpu/amdgpu/thermal.html
std::optional<nxs_long> number_in(const fs::path &file) {
  nxs_long number = 0;
  if (std::ifstream(file) >> number) return number;
  return {};
}

// In percent.
Property memory_utilization(const fs::path &device) {
  const auto used = number_in(device / "mem_info_vram_used"),
             total = number_in(device / "mem_info_vram_total");
  return used && total && *total > 0 ? integer(*used * 100 / *total) : Property{};
}

// In watts.
Property max_power(const fs::path &device) {
  std::error_code ignored;
  for (const fs::directory_entry &sensor : fs::directory_iterator(device / "hwmon", ignored))
    if (const auto microwatts = number_in(sensor.path() / "power1_cap"))
      return static_cast<double>(*microwatts) / 1e6;
  return {};
}

}  // namespace

Property HipDevice::property(nxs_property id) const {
  const fs::path files = fs::path("/sys/bus/pci/devices") / bus_id;
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
    case NP_CoreUtilization: {
      const auto percent = number_in(files / "gpu_busy_percent");
      return percent ? integer(*percent) : Property{};
    }
    case NP_MemoryUtilization: return memory_utilization(files);
    case NP_MaxPower: return max_power(files);
    default: return GpuDevice::property(id);
  }
}

gpu::Image HipDevice::read_image(std::span<const std::byte> bytes, const std::string &path) const {
  return hip::read_image(bytes, path, target_);
}

}  // namespace nexus::hip
