// Kernels. OpenCL keeps a kernel's arguments in its object, so that each launch takes one of a
// pool.
#pragma once

#include <nexus-sdk/base/free_list.hpp>
#include <nexus-sdk/objects/launch.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "driver.hpp"

namespace nexus::opencl {
using namespace sdk;

class ClDevice;

// The arguments of a kernel, as the driver reports them.
struct Parameters {
  // Empty if the driver does not tell them, as for most binaries.
  std::optional<std::vector<Parameter>> declared;
  // The index of the argument that is a pointer to shared memory, if there is one.
  std::optional<cl::Uint> local;
  bool needs_shared_memory = false;
  // The number of arguments, that one included.
  std::size_t count = 0;
};

// Fails with NXS_InvalidKernelDefinition if the kernel takes arguments that the ABI cannot pass.
// `uses_dynamic`: whether its text is known to use the shared memory that kernels of nxs_kernel.h
// can have.
Parameters read_parameters(const std::string &kernel, cl::Kernel handle, bool uses_dynamic);

// One of OpenCL's kernel objects, and the arguments that it has.
class KernelObject {
 public:
  KernelObject(cl::Program program, const std::string &entry);

  // Sets the arguments that differ from those of the launch before.
  void set_arguments(const Launch &launch, std::optional<cl::Uint> local);

  cl::Kernel handle() const { return handle_.get(); }

 private:
  struct Value {
    // Of the buffer, 0 for a scalar.
    nxs_ulong buffer = 0;
    std::size_t size = 0;
    std::array<std::byte, 8> scalar{};
    bool operator==(const Value &) const = default;
  };

  const OwnedKernel handle_;
  std::vector<Value> values_;
  nxs_uint local_size_ = 0;
};

class ClKernel final : public Kernel {
 public:
  ClKernel(Ref<Library> library, std::string name, std::string entry, Parameters parameters,
           std::unique_ptr<KernelObject> object);

  LaunchLimits launch_limits() const override { return limits_; }
  Property property(nxs_property id) const override;

  // Adds a launch to a queue, and sets its event.
  void launch(const Launch &launch, cl::Queue queue, cl::Event *event);

 private:
  std::optional<cl::Uint> local_of(const Launch &launch) const;

  const ClDevice &device_;
  const std::string entry_;
  // The index of the argument that takes the launch's shared memory, if that is known.
  const std::optional<cl::Uint> local_;
  const std::size_t argument_count_;
  // The objects that no launch uses at present.
  FreeList<std::unique_ptr<KernelObject>> free_;
  nxs_long multiple_ = 0;
  nxs_ulong own_memory_ = 0;
  LaunchLimits limits_{};
};

}  // namespace nexus::opencl
