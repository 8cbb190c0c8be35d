// Current readings of a device from NVIDIA's management library (NVML), if that is installed.
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

  // In percent and watts; empty if the library is not installed or does not provide the value.
  Property core_utilization() const;
  Property memory_utilization() const;
  Property max_power() const;

 private:
  void *device() const;

  const std::string bus_id_;
  mutable std::once_flag looked_up_;
  // The library's handle for the device; NULL if there is none.
  mutable void *device_ = nullptr;
};

}  // namespace nexus::cuda
