// What the plugins for one vendor's GPUs answer about themselves.
#pragma once

#include <nexus-sdk/objects/device.hpp>

#include "device.hpp"

namespace nexus::gpu {
using namespace sdk;

struct Vendor {
  const char *plugin, *name, *description;
  // The driver's versions are major * major_version + minor * minor_version, and maybe more.
  int major_version, minor_version;
};

// `OneDevice` is the vendor's kind of device.
template <class OneDevice>
class GpuBackend : public Backend {
 public:
  explicit GpuBackend(const Vendor &vendor) : vendor_(vendor) {}

  // Without a driver there are none.
  std::vector<std::unique_ptr<Device>> create_devices() override {
    std::vector<std::unique_ptr<Device>> devices;
    if (!driver().problem.empty()) return devices;
    for (int ordinal = 0; ordinal < driver().devices; ++ordinal) {
      native::Device device;
      check(driver().deviceGet(&device, ordinal), "opening device ", ordinal);
      devices.push_back(std::make_unique<OneDevice>(device));
    }
    return devices;
  }

  Property property(nxs_property id) const override {
    switch (id) {
      case NP_Name: return std::string(vendor_.plugin);
      case NP_Type: return std::string("gpu");
      case NP_Vendor: return std::string(vendor_.name);
      case NP_Description: return std::string(vendor_.description);
      case NP_Version: return text_if_known(version());
      // Why there are no devices, if the driver is the reason.
      case NP_Message: return text_if_known(driver().problem);
      // The host and the devices share one address space, so a buffer's contents may come from any
      // device's memory.
      case NP_UnifiedMemory: return boolean(true);
      default: return {};
    }
  }

 private:
  std::string version() const {
    const int packed = driver().version;
    return packed ? concat(packed / vendor_.major_version, ".",
                           packed % vendor_.major_version / vendor_.minor_version)
                  : "";
  }

  const Vendor vendor_;
};

}  // namespace nexus::gpu
