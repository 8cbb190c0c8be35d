// A launch of a kernel, which FinalizeCommand publishes. Nobody changes it while a run may use it,
// so that runs read it without a lock; it keeps alive what it uses.
#pragma once

#include <nexus-sdk/objects/buffer.hpp>
#include <nexus-sdk/objects/library.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace nexus::sdk {

struct Argument {
  // Empty for a scalar.
  Ref<Buffer> buffer;
  nxs_int buffer_handle = -1;
  // Size of the scalar in bytes; 0 for a buffer and for an argument that was never set.
  std::size_t scalar_size = 0;
  alignas(8) std::array<std::byte, 8> scalar{};

  bool is_set() const { return buffer || scalar_size; }
};

struct LaunchSize {
  // Number of groups, and of items in a group, along each dimension.
  nxs_dim3 grid{}, group{};
  nxs_uint shared_memory = 0;

  bool operator==(const LaunchSize &other) const {
    const auto same = [](const nxs_dim3 &a, const nxs_dim3 &b) {
      return a.x == b.x && a.y == b.y && a.z == b.z;
    };
    return same(grid, other.grid) && same(group, other.group) &&
           shared_memory == other.shared_memory;
  }
  nxs_ulong group_items() const { return nxs_ulong{group.x} * group.y * group.z; }
  nxs_ulong group_count() const { return nxs_ulong{grid.x} * grid.y * grid.z; }
};

class Launch : public RefCounted {
 public:
  Launch() = default;
  Launch(Ref<Kernel> kernel, std::vector<Argument> arguments, const LaunchSize &size)
      : kernel(std::move(kernel)), arguments(std::move(arguments)), size(size) {}

  Ref<Kernel> kernel;
  std::vector<Argument> arguments;
  LaunchSize size;
};

[[noreturn]] inline void fail_without_shared_memory(const Kernel &kernel) {
  fail(NXS_InvalidProgramExecutable, "kernel ", kernel.name,
       " uses shared memory whose size the launch gives, and the launch gives none: finalize the "
       "command with a shared_memory_size");
}

// Fails if the kernel cannot be launched with this size.
inline void check_size(const Kernel &kernel, const LaunchSize &size) {
  const LaunchLimits limits = kernel.launch_limits();
  const std::array<nxs_uint, 3> groups{size.grid.x, size.grid.y, size.grid.z},
      items{size.group.x, size.group.y, size.group.z};
  const auto group = [&] {
    return concat("a group of ", items[0], " x ", items[1], " x ", items[2], " items");
  };
  const auto grid = [&] {
    return concat("a grid of ", groups[0], " x ", groups[1], " x ", groups[2], " groups");
  };
  nxs_ulong group_items = 0, count = 0;
  if (!items[0] || !items[1] || !items[2])
    fail(NXS_InvalidWorkGroupSize, group(), " is empty: each dimension needs at least 1");
  if (__builtin_mul_overflow(nxs_ulong{items[0]} * items[1], nxs_ulong{items[2]}, &group_items) ||
      group_items > limits.max_group_items)
    fail(NXS_InvalidWorkGroupSize, group(), " is too large: kernel ", kernel.name,
         " takes at most ", limits.max_group_items);
  for (std::size_t d = 0; d < 3; ++d)
    if (items[d] > limits.max_group[d])
      fail(NXS_InvalidWorkGroupSize, group(), " exceeds ", limits.max_group[d],
           " items along dimension ", d);
  const auto &only = limits.only_group;
  if (only[0] && !std::equal(items.begin(), items.end(), only.begin()))
    fail(NXS_InvalidWorkGroupSize, group(), ": kernel ", kernel.name, " takes only groups of ",
         only[0], " x ", only[1], " x ", only[2]);
  if (!groups[0] || !groups[1] || !groups[2])
    fail(NXS_InvalidGlobalWorkSize, grid(), " is empty: each dimension needs at least 1");
  for (std::size_t d = 0; d < 3; ++d) {
    if (groups[d] > limits.max_grid[d])
      fail(NXS_InvalidGlobalWorkSize, grid(), " exceeds ", limits.max_grid[d],
           " groups along dimension ", d);
    if (nxs_ulong{groups[d]} * items[d] > limits.max_items_per_dimension)
      fail(NXS_InvalidGlobalWorkSize, grid(), " exceeds ", limits.max_items_per_dimension,
           " items along dimension ", d);
  }
  const bool overflows =
      __builtin_mul_overflow(nxs_ulong{groups[0]} * groups[1], nxs_ulong{groups[2]}, &count);
  if (!overflows && count > limits.max_groups)
    fail(NXS_InvalidGlobalWorkSize, grid(), " exceeds ", limits.max_groups,
         " groups, the most that kernel ", kernel.name, " takes");
  if (overflows || __builtin_mul_overflow(count, group_items, &count))
    fail(NXS_InvalidGlobalWorkSize, grid(), ": the number of items overflows");
  if (size.shared_memory > limits.max_shared_memory)
    fail(NXS_OutOfResources, size.shared_memory, " bytes of shared memory exceed the ",
         limits.max_shared_memory, " that a group of kernel ", kernel.name, " can have");
  if (limits.needs_shared_memory && !size.shared_memory) fail_without_shared_memory(kernel);
}

}  // namespace nexus::sdk
