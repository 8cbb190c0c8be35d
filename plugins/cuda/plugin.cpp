// The CUDA plugin: NVIDIA's GPUs through their driver.
#include <nexus-sdk/plugin.hpp>

#include "device.hpp"

namespace nexus::cuda {
using namespace sdk;

class CudaBackend final : public Backend {
 public:
  std::vector<std::unique_ptr<Device>> create_devices() override {
    std::vector<std::unique_ptr<Device>> devices;
    int count = 0;
    if (!driver().problem.empty() || driver().cuDeviceGetCount(&count) != cu::kSuccess) return {};
    for (int ordinal = 0; ordinal < count; ++ordinal) {
      cu::Device device;
      check(driver().cuDeviceGet(&device, ordinal), "opening device ", ordinal);
      devices.push_back(std::make_unique<CudaDevice>(device));
    }
    return devices;
  }

  Property property(nxs_property id) const override {
    switch (id) {
      case NP_Name: return std::string("cuda");
      case NP_Type: return std::string("gpu");
      case NP_Vendor: return std::string("nvidia");
      case NP_Description: return std::string("Runs kernels on NVIDIA GPUs");
      case NP_Version: return text_if_known(version());
      // Why there are no devices, if the driver is the reason.
      case NP_Message: return text_if_known(driver().problem);
      // The host and the devices share one address space (CUDA's unified virtual addressing), so a
      // buffer's contents may come from any device's memory.
      case NP_UnifiedMemory: return boolean(true);
      default: return {};
    }
  }

 private:
  static std::string version() {
    const int packed = driver().version;
    return packed ? concat(packed / 1000, ".", packed % 1000 / 10) : "";
  }
};

}  // namespace nexus::cuda

NEXUS_PLUGIN(nexus::cuda::CudaBackend)
