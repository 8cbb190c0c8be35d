// The CPU plugin: the host's processor as a device.
#include <nexus-sdk/plugin.hpp>

#include "device.hpp"
#include "settings.hpp"

namespace nexus::cpu {
using namespace sdk;

class CpuBackend final : public Backend {
 public:
  std::vector<std::unique_ptr<Device>> create_devices() override {
    std::vector<std::unique_ptr<Device>> devices;
    devices.push_back(std::make_unique<CpuDevice>());
    return devices;
  }

  Property property(nxs_property id) const override {
    switch (id) {
      case NP_Name: return std::string("cpu");
      case NP_Type: return std::string("cpu");
      case NP_Description: return std::string("Runs kernels on the processor of this machine");
      case NP_Message: return text_if_known(settings().problems);
      default: return {};
    }
  }
};

}  // namespace nexus::cpu

NEXUS_PLUGIN(nexus::cpu::CpuBackend)
