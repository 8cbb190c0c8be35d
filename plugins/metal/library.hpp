// Kernel libraries: metallibs, or Metal Shading Language source.
#pragma once

#import <Metal/Metal.h>

#include <nexus-sdk/objects/launch.hpp>
#include <nexus-sdk/objects/library.hpp>

#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>

namespace nexus::metal {
using namespace sdk;

class MetalDevice;

// What Metal makes of a function for a device, and tells of it.
struct Pipeline {
  id<MTLComputePipelineState> state;
  std::vector<Parameter> parameters;
  // The [[threadgroup(n)]] argument that the launch's shared memory is, if there is one.
  std::optional<NSUInteger> shared_memory;
};

class MetalKernel final : public Kernel {
 public:
  MetalKernel(Ref<Library> library, std::string name, const Pipeline &pipeline);

  LaunchLimits launch_limits() const override;
  Property property(nxs_property key) const override;

  // Encodes a launch.
  void launch(const Launch &launch, id<MTLComputeCommandEncoder> encoder) const;

 private:
  const id<MTLDevice> device_;
  const id<MTLComputePipelineState> state_;
  const std::optional<NSUInteger> shared_memory_;
};

class MetalLibrary final : public Library {
 public:
  static Ref<Library> from_memory(const MetalDevice &device, std::span<const std::byte> bytes);
  static Ref<Library> from_file(const MetalDevice &device, const std::string &path);

  struct Source {
    id<MTLLibrary> library;
    // "metallib" or "source".
    const char *type;
    std::string location, message;
  };
  // Use the two above.
  MetalLibrary(const MetalDevice &device, Source source);

  Ref<Kernel> find_kernel(const std::string &name) override;
  std::vector<std::string> kernel_names() const override;
  std::string location() const override { return source_.location; }
  std::string type() const override { return source_.type; }
  std::string message() const override { return source_.message; }

 private:
  Pipeline make_pipeline(const std::string &name) const;
  bool is_kernel(NSString *name) const;

  const MetalDevice &device_;
  const Source source_;
  std::mutex mutex_;
  // To make one takes Metal's compiler, so each is made once.
  std::map<std::string, Pipeline> pipelines_;
};

}  // namespace nexus::metal
