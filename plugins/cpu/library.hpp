// Kernel libraries: shared objects, from a file, from memory, or compiled from source.
#pragma once

#include <nexus-api/nxs_kernel.h>
#include <nexus-sdk/objects/launch.hpp>
#include <nexus-sdk/objects/library.hpp>

#include <atomic>
#include <memory>
#include <span>

#include "descriptor.hpp"
#include "images/image.hpp"

namespace nexus::cpu {
using namespace sdk;

// The largest group-shared memory of a launch, in bytes: the typical size of a core's second-level
// cache.
inline constexpr nxs_ulong kMaxSharedMemory = nxs_ulong{1} << 20;

// How plain functions of a library are called; docs/cpu.md has the arguments.
enum class Convention { kItems, kGroupRanges };

class CpuKernel final : public Kernel {
 public:
  // A work-group function, given by its descriptor.
  CpuKernel(Ref<Library> library, std::string name, const nxs_kernel_descriptor &descriptor);
  // A plain function.
  CpuKernel(Ref<Library> library, std::string name, void *function, Convention convention);

  LaunchLimits launch_limits() const override;

  // Executes a launch on the pool; returns when it is done.
  void run(const Launch &launch);

 private:
  bool is_tiny(double expected_ns) const;
  void learn(double known, double ns);
  // With a block of group-shared memory of this thread's.
  void run_with_shared_memory(nxs_kernel_launch launch, std::size_t bytes, nxs_ulong begin,
                              nxs_ulong end) const;
  void run_items(const Launch &launch, void *const *args, nxs_ulong begin, nxs_ulong end) const;
  // Calls the function once per lane, with the range.
  void run_lanes(const Launch &launch, void *const *args, nxs_ulong begin, nxs_ulong end) const;

  // One of the two is set.
  const nxs_kernel_descriptor *const descriptor_ = nullptr;
  void *const function_ = nullptr;
  const Convention convention_ = Convention::kItems;
  // The time one thread needs for a group, measured by past launches; 0 before the first.
  std::atomic<double> ns_per_group_{0};
};

struct CloseLibrary {
  void operator()(void *handle) const;
};

// A library that the system's loader has loaded.
using SystemLibrary = std::unique_ptr<void, CloseLibrary>;

class CpuLibrary final : public Library {
 public:
  struct Origin {
    // "source" or "binary".
    const char *type;
    // The path of the file; empty for a library from memory.
    std::string location;
    // The compiler's warnings.
    std::string message;
  };

  // Opens a shared object, or compiles a source file whose name ends in .c, .cc, .cpp or .cxx.
  static Ref<Library> from_file(const Device &device, const std::string &path);
  // Opens the bytes of a shared object, or compiles C source text.
  static Ref<Library> from_memory(const Device &device, std::span<const std::byte> bytes);

  // Public for make_ref; use from_file and from_memory.
  CpuLibrary(const Device &device, const Origin &origin, Image image, SystemLibrary library,
             Descriptor anchor);

  void configure(nxs_uint settings) override;
  Ref<Kernel> find_kernel(const std::string &name) override;
  std::vector<std::string> kernel_names() const override;
  std::string location() const override { return origin_.location; }
  std::string type() const override { return origin_.type; }
  std::string message() const override { return origin_.message; }

 private:
  static Ref<Library> load(const Device &device, std::span<const std::byte> bytes,
                           const Origin &origin);
  // What the library's marker says; items without one.
  Convention marked_convention() const;

  const Origin origin_;
  const Image image_;
  // See PrivateCopy.
  const Descriptor anchor_;
  const SystemLibrary library_;
  Convention convention_;
};

}  // namespace nexus::cpu
