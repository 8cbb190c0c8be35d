// The CUDA plugin: NVIDIA's GPUs through their driver.
#include <nexus-sdk/plugin.hpp>

#include "backend.hpp"
#include "cuda_device.hpp"

namespace nexus::cuda {

class CudaBackend final : public gpu::GpuBackend<CudaDevice> {
 public:
  CudaBackend() : GpuBackend({"cuda", "nvidia", "Runs kernels on NVIDIA GPUs", 1000, 10}) {}
};

}  // namespace nexus::cuda

NEXUS_PLUGIN(nexus::cuda::CudaBackend)
