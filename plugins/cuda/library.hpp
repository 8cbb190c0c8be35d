// Kernel libraries, from images that NVIDIA's compilers made or from CUDA C++ source.
#pragma once

#include <nexus-sdk/objects/launch.hpp>
#include <nexus-sdk/objects/library.hpp>

#include <atomic>
#include <span>
#include <string>

#include "driver/driver.hpp"
#include "images/read_image.hpp"

namespace nexus::cuda {
using namespace sdk;

class CudaDevice;

class CudaKernel final : public Kernel {
 public:
  // `needs_shared_memory`: whether it is known that each launch must ask for some.
  CudaKernel(Ref<Library> library, std::string name, cu::Function function,
             std::optional<std::vector<Parameter>> parameters, bool needs_shared_memory);

  LaunchLimits launch_limits() const override { return limits_; }
  Property property(nxs_property id) const override;

  // Submits a launch to a stream; the device's context is current.
  void launch(const Launch &launch, cu::Stream stream);

 private:
  static LaunchLimits limits_of(const CudaDevice &device, const CudaKernel &kernel,
                                bool needs_shared_memory);
  nxs_long attribute(int which) const;
  static nxs_long shared_memory_for_all(const CudaDevice &device, const CudaKernel &kernel);
  void allow_shared_memory(nxs_uint size);

  const CudaDevice &device_;
  const cu::Function function_;
  const LaunchLimits limits_;
  // The shared memory that every launch may use, and whether the limit has been raised to the
  // maximum.
  const nxs_long shared_memory_for_all_;
  std::atomic<bool> all_allowed_{false};
};

class CudaLibrary final : public Library {
 public:
  static Ref<Library> from_memory(const CudaDevice &device, std::span<const std::byte> bytes);
  static Ref<Library> from_file(const CudaDevice &device, const std::string &path);

  // Use the functions above.
  CudaLibrary(const CudaDevice &device, Image image, std::string location);
  ~CudaLibrary() override;

  Ref<Kernel> find_kernel(const std::string &name) override;
  std::vector<std::string> kernel_names() const override;
  std::string location() const override { return location_; }
  std::string type() const override { return type_; }
  std::string message() const override { return message_; }
  const CudaDevice &cuda_device() const { return device_; }

 private:
  void load(const Image &image);
  std::vector<std::string> entry_points() const;

  const CudaDevice &device_;
  const char *const type_;
  const std::string location_;
  std::string message_;
  // By entry point.
  const Kernels kernels_;
  cu::Module module_ = nullptr;
};

}  // namespace nexus::cuda
