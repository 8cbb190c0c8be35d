// A GPU of NVIDIA's.
#pragma once

#include "device.hpp"
#include "driver/monitor.hpp"

namespace nexus::cuda {
using namespace sdk;

class CudaDevice final : public gpu::GpuDevice {
 public:
  explicit CudaDevice(gpu::native::Device device) : GpuDevice(device), monitor_(bus_id) {}

  Property property(nxs_property id) const override;
  gpu::Image read_image(std::span<const std::byte> bytes, const std::string &path) const override;
  const char *core_type() const override { return "SM"; }

 private:
  // Compute capability as 10 * major + minor, such as 90.
  int capability() const;

  const Monitor monitor_;
};

}  // namespace nexus::cuda
