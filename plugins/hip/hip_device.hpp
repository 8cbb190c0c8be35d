// A GPU of AMD's.
#pragma once

#include "device.hpp"
#include "driver/hip_functions.hpp"

namespace nexus::hip {
using namespace sdk;

class HipDevice final : public gpu::GpuDevice {
 public:
  explicit HipDevice(gpu::native::Device device) : GpuDevice(device), target_(target_of(device)) {}

  Property property(nxs_property id) const override;
  gpu::Image read_image(std::span<const std::byte> bytes, const std::string &path) const override;
  const char *core_type() const override { return "CU"; }
  // A launch counts items with 32 bits.
  nxs_ulong max_items_per_dimension() const override { return 0xffffffff; }

 private:
  // What code is compiled for, such as "gfx90a:sramecc+:xnack-".
  const std::string target_;
};

}  // namespace nexus::hip
