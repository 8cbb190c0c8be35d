// What NVIDIA's management library tells of a device at the moment, where it is installed.
#pragma once

#include <nexus-sdk/base/property.hpp>

#include <mutex>
#include <string>

namespace nexus::cuda {
using namespace sdk;

class Monitor {
 public:
  // `bus_id` is the device's PCI address.
  explicit Monitor(std::string bus_id) : bus_id_(std::move(bus_id)) {}

  // In percent and watts; without a value where the library is not there or does not tell.
  Property core_utilization() const;
  Property memory_utilization() const;
  Property max_power() const;

 private:
  void *device() const;

  const std::string bus_id_;
  mutable std::once_flag looked_up_;
  // The library's handle of the device; NULL without one.
  mutable void *device_ = nullptr;
};

}  // namespace nexus::cuda
