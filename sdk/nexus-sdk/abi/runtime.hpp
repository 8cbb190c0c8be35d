// The plugin's single runtime object: its devices and its handles.
#pragma once

#include <nexus-api/nxs_version.h>
#include <nexus-sdk/base/guard.hpp>
#include <nexus-sdk/base/handle_table.hpp>
#include <nexus-sdk/objects/device.hpp>

#include <algorithm>

namespace nexus::sdk {

// Defined by NEXUS_PLUGIN.
std::unique_ptr<Backend> create_backend();

class Runtime {
 public:
  // Created at the first use and never destroyed, since the plugin's threads may outlive static
  // destructors.
  static Runtime &instance() {
    static Runtime *const runtime = [] {
      out_of_memory();
      return new Runtime(create_backend());
    }();
    return *runtime;
  }

  Device &device(nxs_int id) const {
    if (id < 0 || static_cast<std::size_t>(id) >= devices_.size())
      fail(NXS_InvalidDevice, "there is no device ", id, "; there are ", devices_.size());
    return *devices_[static_cast<std::size_t>(id)];
  }

  Device &device(const Device &of_object) const {
    return **std::find_if(devices_.begin(), devices_.end(),
                          [&](const auto &one) { return one.get() == &of_object; });
  }

  Property property(nxs_property id) const {
    switch (id) {
      case NP_Size: return integer(devices_.size());
      case NP_MajorVersion: return integer(NXS_API_VERSION_MAJOR);
      case NP_MinorVersion: return integer(NXS_API_VERSION_MINOR);
      case NP_LiveObjects: {
        const HandleTable::Counts counts = handles.live();
        return std::vector<nxs_long>(counts.begin(), counts.end());
      }
      default: return backend_->property(id);
    }
  }

  Property device_property(nxs_int id, nxs_property property) const {
    const Device &asked = device(id);
    return property == NP_ID ? integer(id) : asked.property(property);
  }

  HandleTable handles;

 private:
  explicit Runtime(std::unique_ptr<Backend> backend)
      : backend_(std::move(backend)), devices_(backend_->create_devices()) {}

  const std::unique_ptr<Backend> backend_;
  const std::vector<std::unique_ptr<Device>> devices_;
};

}  // namespace nexus::sdk
