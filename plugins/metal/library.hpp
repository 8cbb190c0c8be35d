// Kernel libraries, from metallibs or Metal Shading Language source.
#pragma once

#import <Metal/Metal.h>

#include <nexus-sdk/kernels/declarations.hpp>
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

// A function compiled for a device, and its arguments.
struct Pipeline {
  id<MTLComputePipelineState> state;
  std::vector<Parameter> parameters;
  // The index n of the [[threadgroup(n)]] argument that gets the launch's shared memory, if there
  // is one.
  std::optional<NSUInteger> shared_memory;
  // Whether the kernel uses that argument.
  bool needs_shared_memory = false;
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
  const bool needs_shared_memory_;
};

class MetalLibrary final : public Library {
 public:
  static Ref<Library> from_memory(const MetalDevice &device, std::span<const std::byte> bytes);
  static Ref<Library> from_file(const MetalDevice &device, const std::string &path);

  struct Source {
    id<MTLLibrary> library;
    // The format: "metallib" or "source".
    const char *type;
    std::string location, message;
    // What the source says about kernels of nxs_kernel.h.
    DeclaredKernels declared;
  };
  // Use the functions above.
  MetalLibrary(const MetalDevice &device, Source source);

  Ref<Kernel> find_kernel(const std::string &name) override;
  std::vector<std::string> kernel_names() const override;
  std::string location() const override { return source_.location; }
  std::string type() const override { return source_.type; }
  std::string message() const override { return source_.message; }

 private:
  // The function of the kernel, nil if there is none.
  id<MTLFunction> function_of(const std::string &name) const;
  Pipeline make_pipeline(const std::string &entry, id<MTLFunction> function) const;
  bool is_kernel(NSString *name) const;

  const MetalDevice &device_;
  const Source source_;
  std::mutex mutex_;
  // By entry point. Each is created only once, since creating one runs Metal's compiler.
  std::map<std::string, Pipeline> pipelines_;
};

}  // namespace nexus::metal
