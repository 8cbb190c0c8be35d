// The HIP plugin: AMD's GPUs through the HIP runtime of ROCm.
#include <nexus-sdk/plugin.hpp>

#include "backend.hpp"
#include "hip_device.hpp"

namespace nexus::hip {

class HipBackend final : public gpu::GpuBackend<HipDevice> {
 public:
  HipBackend()
      : GpuBackend({"hip", "amd", "Runs kernels on AMD GPUs", kMajorVersion, kMinorVersion}) {}
};

}  // namespace nexus::hip

NEXUS_PLUGIN(nexus::hip::HipBackend)
