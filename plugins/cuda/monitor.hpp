// What NVIDIA's management library tells of a device at the moment, where it is installed.
#pragma once

#include <nexus-sdk/property.hpp>

#include <string>

namespace nexus::cuda {

class Monitor {
 public:
  // `bus_id` is the device's PCI address.
  explicit Monitor(const std::string &bus_id);

  // In percent and watts; without a value where the library is not there or does not tell.
  Property core_utilization() const;
  Property memory_utilization() const;
  Property max_power() const;

 private:
  // The library's handle of the device; NULL without one.
  void *device_ = nullptr;
};

}  // namespace nexus::cuda
