// Kernels. OpenCL keeps a kernel's arguments in its object, so that each launch takes one of a
// pool.
#pragma once

#include <nexus-sdk/base/spin_lock.hpp>
#include <nexus-sdk/objects/launch.hpp>

#include <memory>
#include <optional>

#include "driver/driver.hpp"
#include "parameters.hpp"

namespace nexus::opencl {
using namespace sdk;

class ClDevice;
class ClLibrary;

// One of OpenCL's kernel objects, and the arguments that it has.
class KernelObject {
 public:
  KernelObject(cl::Program program, const std::string &entry);
  KernelObject(const KernelObject &) = delete;
  KernelObject &operator=(const KernelObject &) = delete;
  ~KernelObject() { driver().clReleaseKernel(handle); }

  // Sets the arguments that differ from those of the launch before.
  void set_arguments(const Launch &launch, std::optional<cl::Uint> local);

  const cl::Kernel handle;

 private:
  struct Value {
    // Of the buffer, 0 for a scalar.
    nxs_ulong buffer = 0;
    std::size_t size = 0;
    std::array<std::byte, 8> scalar{};
    bool operator==(const Value &) const = default;
  };

  void set(cl::Uint index, const Argument &argument);

  std::vector<Value> values_;
  nxs_uint local_size_ = 0;
};

class ClKernel final : public Kernel {
 public:
  ClKernel(Ref<Library> library, std::string name, std::string entry, Parameters parameters,
           std::unique_ptr<KernelObject> object);

  LaunchLimits launch_limits() const override { return limits_; }
  Property property(nxs_property id) const override;

  // Calls `use(object, global size, group size)` with an object that has the launch's arguments.
  template <class Use>
  void with_arguments(const Launch &launch, const Use &use) {
    const Lease lease{*this, take()};
    lease.object->set_arguments(launch, local_of(launch));
    const nxs_dim3 &grid = launch.size.grid, &group = launch.size.group;
    const std::array<std::size_t, 3> items = {group.x, group.y, group.z},
                                     all = {items[0] * grid.x, items[1] * grid.y,
                                            items[2] * grid.z};
    use(lease.object->handle, all.data(), items.data());
  }

 private:
  struct Lease {
    ClKernel &kernel;
    KernelObject *const object;
    ~Lease() { kernel.give_back(object); }
  };

  KernelObject *take();
  void give_back(KernelObject *object) noexcept;
  std::optional<cl::Uint> local_of(const Launch &launch) const;
  LaunchLimits limits_of(cl::Kernel object) const;
  template <class T>
  T value(cl::Kernel object, cl::Uint which) const;

  const ClDevice &device_;
  const std::string entry_;
  // The index of the argument that takes the launch's shared memory, if that is known.
  const std::optional<cl::Uint> local_;
  const bool needs_shared_memory_;
  const std::size_t argument_count_;
  SpinLock lock_;
  std::vector<std::unique_ptr<KernelObject>> objects_;
  // The objects that no launch uses at present, the last one first.
  std::vector<KernelObject *> free_;
  const nxs_long multiple_, own_memory_;
  const LaunchLimits limits_;
};

}  // namespace nexus::opencl
