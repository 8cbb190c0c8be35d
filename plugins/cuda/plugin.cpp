// The CUDA plugin: NVIDIA's GPUs through their driver.
#include <nexus-sdk/plugin.hpp>

#include "cuda_device.hpp"

namespace nexus::cuda {
using namespace sdk;

class CudaBackend final : public Backend {
 public:
  std::vector<std::unique_ptr<Device>> create_devices() override {
    return gpu::all_devices<CudaDevice>();
  }

  Property property(nxs_property id) const override {
    switch (id) {
      case NP_Name: return std::string("cuda");
      case NP_Type: return std::string("gpu");
      case NP_Vendor: return std::string("nvidia");
      case NP_Description: return std::string("Runs kernels on NVIDIA GPUs");
      case NP_Version: return text_if_known(version());
      // Why there are no devices, if the driver is the reason.
      case NP_Message: return text_if_known(gpu::driver().problem);
      // The host and the devices share one address space (CUDA's unified virtual addressing), so a
      // buffer's contents may come from any device's memory.
      case NP_UnifiedMemory: return boolean(true);
      default: return {};
    }
  }

 private:
  static std::string version() {
    const int packed = gpu::driver().version;
    return packed ? concat(packed / 1000, ".", packed % 1000 / 10) : "";
  }
};

}  // namespace nexus::cuda

NEXUS_PLUGIN(nexus::cuda::CudaBackend)
