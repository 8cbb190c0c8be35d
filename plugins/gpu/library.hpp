// Kernel libraries, from images that the vendor's compilers made or from source.
#pragma once

#include <nexus-sdk/objects/launch.hpp>
#include <nexus-sdk/objects/library.hpp>

#include <atomic>
#include <span>
#include <string>

#include "driver/driver.hpp"
#include "images/image.hpp"

namespace nexus::gpu {
using namespace sdk;

class GpuDevice;

class GpuKernel final : public Kernel {
 public:
  // `needs_shared_memory`: whether it is known that each launch must ask for some.
  GpuKernel(Ref<Library> library, std::string name, native::Function function,
            std::optional<std::vector<Parameter>> parameters, bool needs_shared_memory);

  LaunchLimits launch_limits() const override { return limits_; }
  Property property(nxs_property id) const override;

  // Submits a launch to a stream; the device's context is current.
  void launch(const Launch &launch, native::Stream stream);

 private:
  static LaunchLimits limits_of(const GpuDevice &device, const GpuKernel &kernel,
                                bool needs_shared_memory);
  nxs_long attribute(int which) const;
  static nxs_long shared_memory_for_all(const GpuDevice &device, const GpuKernel &kernel);
  void allow_shared_memory(nxs_uint size);

  const GpuDevice &device_;
  const native::Function function_;
  const LaunchLimits limits_;
  // The shared memory that every launch may use, and whether the limit has been raised to the
  // maximum.
  const nxs_long shared_memory_for_all_;
  std::atomic<bool> all_allowed_{false};
};

class GpuLibrary final : public Library {
 public:
  static Ref<Library> from_memory(const GpuDevice &device, std::span<const std::byte> bytes);
  static Ref<Library> from_file(const GpuDevice &device, const std::string &path);

  // Use the functions above.
  GpuLibrary(const GpuDevice &device, Image image, std::string location);
  ~GpuLibrary() override;

  Ref<Kernel> find_kernel(const std::string &name) override;
  std::vector<std::string> kernel_names() const override;
  std::string location() const override { return location_; }
  std::string type() const override { return type_; }
  std::string message() const override { return message_; }
  const GpuDevice &gpu_device() const { return device_; }

 private:
  void load(const Image &image);
  std::vector<std::string> entry_points() const;

  const GpuDevice &device_;
  const char *const type_;
  const std::string location_;
  std::string message_;
  // By entry point.
  const Kernels kernels_;
  native::Module module_ = nullptr;
};

}  // namespace nexus::gpu
