// Runs a launch: spreads its groups over the pool's threads, in each calling convention.
#include <nexus-sdk/objects/launch.hpp>

#include <cxxabi.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <memory>
#include <optional>
#include <typeinfo>
#include <utility>

#include "execution/crash_note.hpp"
#include "execution/fiber.hpp"
#include "execution/pool.hpp"
#include "execution/stacks.hpp"
#include "execution/ticks.hpp"
#include "host/topology.hpp"
#include "library.hpp"
#include "memory.hpp"
#include "settings.hpp"

namespace nexus::cpu {
using namespace sdk;
namespace {

// The four parameters that a plain function takes after its arguments.
constexpr std::size_t kLaunchArguments = 4;
constexpr std::size_t kMostArguments = NXS_KERNEL_MAX_ARGS + kLaunchArguments;

using Caller = void (*)(void *function, void *const *args);

template <std::size_t... I>
Caller caller(std::index_sequence<I...>) {
  return [](void *function, [[maybe_unused]] void *const *args) {
    reinterpret_cast<void (*)(decltype(static_cast<void>(I), static_cast<void *>(nullptr))...)>(
        function)(args[I]...);
  };
}

template <std::size_t... Count>
constexpr std::array<Caller, sizeof...(Count)> callers(std::index_sequence<Count...>) {
  return {caller(std::make_index_sequence<Count>())...};
}

// Calls a function with `count` pointers: a table of callers, one for each count.
void call_with(void *function, void *const *args, std::size_t count) {
  static const auto kCallers = callers(std::make_index_sequence<kMostArguments + 1>());
  kCallers[count](function, args);
}

// Group-shared memory; each thread keeps its block for the next group.
void *shared_memory(std::size_t size) {
  struct Memory {
    ~Memory() {
      if (bytes) deallocate(bytes, size);
    }
    std::byte *bytes = nullptr;
    std::size_t size = 0;
  };
  thread_local Memory memory;
  if (size > memory.size) {
    std::byte *const larger = allocate_zeroed(size);
    if (!larger)
      fail(NXS_OutOfHostMemory, "no ", size, " bytes for the shared memory of a group are free");
    if (memory.bytes) deallocate(memory.bytes, memory.size);
    memory.bytes = larger;
    memory.size = size;
  }
  return size ? memory.bytes : nullptr;
}

// Launches of fewer items do not store their results past the caches, whose size then need not be
// determined.
constexpr nxs_ulong kFewItems = nxs_ulong{1} << 16;

nxs_kernel_launch describe(const LaunchSize &size, void *const *args, nxs_int *lacks_shared) {
  const auto count = [](nxs_uint n) { return static_cast<nxs_int>(n); };
  return {args,
          {count(size.grid.x), count(size.grid.y), count(size.grid.z)},
          {count(size.group.x), count(size.group.y), count(size.group.z)},
          nullptr,
          lacks_shared,
          size.group_count() * size.group_items() < kFewItems ? 0 : last_level_cache()};
}

// Calls a plain function: its arguments, then what this thread's groups share, and the six numbers
// that are the call's own.
class PlainCall {
 public:
  PlainCall(void *function, const Launch &launch, void *const *args)
      : function_(function),
        args_(args),
        count_(launch.arguments.size()),
        size_(integers({launch.size.grid.x, launch.size.grid.y, launch.size.grid.z,
                        launch.size.group.x, launch.size.group.y, launch.size.group.z})),
        shared_(shared_memory(launch.size.shared_memory)) {}

  void operator()(const std::array<nxs_ulong, 6> &numbers, void *barrier) {
    std::array<int, 6> id = integers(numbers);
    std::array<void *, kMostArguments> all;
    std::copy_n(args_, count_, all.begin());
    all[count_] = size_.data();
    all[count_ + 1] = id.data();
    all[count_ + 2] = shared_;
    all[count_ + 3] = barrier;
    call_with(function_, all.data(), count_ + kLaunchArguments);
  }

 private:
  static std::array<int, 6> integers(const std::array<nxs_ulong, 6> &numbers) {
    std::array<int, 6> result;
    std::transform(numbers.begin(), numbers.end(), result.begin(),
                   [](nxs_ulong number) { return static_cast<int>(number); });
    return result;
  }

  void *const function_;
  void *const *const args_;
  const std::size_t count_;
  std::array<int, 6> size_;
  void *const shared_;
};

std::string readable(const char *type_name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type_name, nullptr, nullptr, &status), &std::free);
  return name ? name.get() : type_name;
}

constexpr double kTinyNs = 700;
// A launch that takes more times as long as expected may have been interrupted.
constexpr double kMostGrowth = 16;
// Counters may be too coarse for a tiny launch, and 0 means unknown.
constexpr double kLeastNs = 1e-3;

[[noreturn]] void fail_in_kernel(const std::string &name) {
  try {
    throw;
  } catch (const Error &) {
    throw;
  } catch (const std::exception &error) {
    fail(NXS_InvalidProgramExecutable, "kernel ", name, " threw ", readable(typeid(error).name()),
         ": ", error.what());
  } catch (...) {
    fail(NXS_InvalidProgramExecutable, "kernel ", name,
         " threw an exception that is not a std::exception");
  }
}

}  // namespace

LaunchLimits CpuKernel::launch_limits() const {
  constexpr nxs_ulong kMost = std::numeric_limits<nxs_int>::max();
  LaunchLimits limits{NXS_KERNEL_MAX_GROUP, kMaxSharedMemory, kMost};
  if (convention_ == Convention::kGroupRanges) {
    // Such functions know lanes along x only, and groups by a number that is an int.
    limits.max_group = {NXS_KERNEL_MAX_GROUP, 1, 1};
    limits.max_groups = kMost;
  }
  return limits;
}

// Whether a launch takes so little time that no thread could help, and that reading the clock
// would take a large part of it.
bool CpuKernel::is_tiny(double expected_ns) const {
  return descriptor_ && expected_ns > 0 && expected_ns < kTinyNs;
}

// Notes that one thread would have needed `ns` for each group.
void CpuKernel::learn(double known, double ns) {
  const double believed = known == 0 ? ns : known + (std::min(ns, known * kMostGrowth) - known) / 4;
  ns_per_group_.store(std::max(believed, kLeastNs), std::memory_order_relaxed);
}

void CpuKernel::run(const Launch &launch) {
  std::array<void *, NXS_KERNEL_MAX_ARGS> args;
  for (std::size_t i = 0; i < launch.arguments.size(); ++i) {
    const Argument &argument = launch.arguments[i];
    args[i] = argument.buffer ? reinterpret_cast<void *>(argument.buffer->address())
                              : const_cast<std::byte *>(argument.scalar.data());
  }
  const nxs_ulong groups = launch.size.group_count();
  const double known = ns_per_group_.load(std::memory_order_relaxed);
  nxs_int lacks_shared = 0;
  const nxs_kernel_launch described = describe(launch.size, args.data(), &lacks_shared);
  const double expected_ns = known * static_cast<double>(groups);
  const auto body = [&](nxs_ulong begin, nxs_ulong end) {
    std::optional<CrashNote> note;
    if (settings().debug) note.emplace(name, launch);
    if (convention_ == Convention::kGroupRanges)
      run_lanes(launch, args.data(), begin, end);
    else if (!descriptor_)
      run_items(launch, args.data(), begin, end);
    else if (launch.size.shared_memory == 0)
      descriptor_->run(&described, begin, end);
    else
      run_with_shared_memory(described, launch.size.shared_memory, begin, end);
  };
  try {
    double taken = 0;
    if (is_tiny(expected_ns)) {
      const std::uint64_t begin = ticks();
      body(0, groups);
      taken = static_cast<double>(ticks() - begin) * ns_per_tick();
    } else {
      taken = Pool::instance().run(groups, expected_ns, body);
    }
    if (lacks_shared) fail_without_shared_memory(*this);
    learn(known, taken / static_cast<double>(groups));
    if (!descriptor_) StackPool::instance().trim();
  } catch (...) {
    fail_in_kernel(name);
  }
}

void CpuKernel::run_with_shared_memory(nxs_kernel_launch launch, std::size_t bytes, nxs_ulong begin,
                                       nxs_ulong end) const {
  launch.shared = shared_memory(bytes);
  descriptor_->run(&launch, begin, end);
}

void CpuKernel::run_items(const Launch &launch, void *const *args, nxs_ulong begin,
                          nxs_ulong end) const {
  const nxs_dim3 grid = launch.size.grid, group = launch.size.group;
  PlainCall call(function_, launch, args);
  for (nxs_ulong number = begin; number < end; ++number) {
    cpu::run_items(launch.size.group_items(), [&](nxs_ulong item, void *barrier) {
      call({number % grid.x, number / grid.x % grid.y, number / grid.x / grid.y, item % group.x,
            item / group.x % group.y, item / group.x / group.y},
           barrier);
    });
  }
}

void CpuKernel::run_lanes(const Launch &launch, void *const *args, nxs_ulong begin,
                          nxs_ulong end) const {
  PlainCall call(function_, launch, args);
  cpu::run_items(launch.size.group_items(), [&](nxs_ulong lane, void *barrier) {
    call({begin, end, lane, 0, 0, 0}, barrier);
  });
}

}  // namespace nexus::cpu
