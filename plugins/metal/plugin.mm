// The Metal plugin, for the GPUs of Macs.
#include <nexus-sdk/plugin.hpp>

#include "device.hpp"

namespace nexus::metal {
using namespace sdk;

class MetalBackend final : public Backend {
 public:
  std::vector<std::unique_ptr<Device>> create_devices() override {
    std::vector<std::unique_ptr<Device>> devices;
    NSArray<id<MTLDevice>> *const all = MTLCopyAllDevices();
    for (NSUInteger i = 0; i < [all count]; ++i)
      devices.push_back(std::make_unique<MetalDevice>([all objectAtIndex:i]));
    if (devices.empty())
      if (id<MTLDevice> only = MTLCreateSystemDefaultDevice())
        devices.push_back(std::make_unique<MetalDevice>(only));
    empty_ = devices.empty();
    return devices;
  }

  Property property(nxs_property key) const override {
    switch (key) {
      case NP_Name: return std::string("metal");
      case NP_Type: return std::string("gpu");
      case NP_Vendor: return std::string("apple");
      case NP_Description: return std::string("Runs kernels on the GPUs of Macs");
      // Why there are no devices.
      case NP_Message:
        return empty_ ? Property(std::string("Metal finds no GPU on this machine")) : Property();
      default: return {};
    }
  }

 private:
  bool empty_ = true;
};

}  // namespace nexus::metal

NEXUS_PLUGIN(nexus::metal::MetalBackend)
