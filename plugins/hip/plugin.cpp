// The HIP plugin: AMD's GPUs through the HIP runtime of ROCm.
#include <nexus-sdk/plugin.hpp>

#include "driver/hip_functions.hpp"
#include "hip_device.hpp"

namespace nexus::hip {
using namespace sdk;

class HipBackend final : public Backend {
 public:
  std::vector<std::unique_ptr<Device>> create_devices() override {
    return gpu::all_devices<HipDevice>();
  }

  Property property(nxs_property id) const override {
    switch (id) {
      case NP_Name: return std::string("hip");
      case NP_Type: return std::string("gpu");
      case NP_Vendor: return std::string("amd");
      case NP_Description: return std::string("Runs kernels on AMD GPUs");
      case NP_Version: return text_if_known(version());
      // Why there are no devices, if the runtime is the reason.
      case NP_Message: return text_if_known(gpu::driver().problem);
      // The host and the devices share one address space, so a buffer's contents may come from any
      // device's memory.
      case NP_UnifiedMemory: return boolean(true);
      default: return {};
    }
  }

 private:
  static std::string version() {
    const int packed = gpu::driver().version;
    return packed ? concat(packed / kMajorVersion, ".", packed % kMajorVersion / kMinorVersion)
                  : "";
  }
};

}  // namespace nexus::hip

NEXUS_PLUGIN(nexus::hip::HipBackend)
