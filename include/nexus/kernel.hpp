/**
 * @file kernel.hpp
 * Kernels: functions that run once per item of a grid.
 */
#ifndef NEXUS_KERNEL_HPP
#define NEXUS_KERNEL_HPP

#include <nexus/buffer.hpp>
#include <nexus/detail/kernel_state.hpp>
#include <nexus/launch.hpp>

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace nexus {

/**
 * A function that runs once per item of a grid, from Library::getKernel. Calling it runs it:
 *
 *     kernel({256, n}, a, b, c, 2.0f);
 */
class Kernel : public Closable {
 public:
  Kernel() = default;

  /** The kernel's name in its library. */
  const std::string &name() const { return kernelState().name; }

  /** What the kernel declares of its arguments; empty where the plugin does not know. */
  const std::vector<KernelArgument> &arguments() const { return kernelState().declared(); }

  /**
   * Runs the kernel once, and waits for its end unless the launch says otherwise.
   *
   * arguments: in order, buffers of the same runtime, and numbers, which are converted to what the
   * kernel declares. Throws ArgumentError for a number that does not fit, for elements of another
   * type, and for a grid that is not a whole number of groups; InvalidHandleError for an object
   * that is closed or of another runtime; Error if the arguments do not match the kernel, or it
   * fails. Allocates no memory on plugins with nxsLaunch, from the second call on.
   */
  template <class... Arguments>
  void operator()(const Launch &launch, const Arguments &...arguments) const {
    constexpr std::size_t kCount = sizeof...(Arguments);
    static_assert(kCount <= NXS_KERNEL_MAX_ARGS, "kernels have at most 64 arguments");
    static_assert((detail::isArgument<Arguments> && ...),
                  "the arguments of a kernel are nexus::Buffer and numbers");
    nxs_launch_argument all[kCount ? kCount : 1] = {};
    [[maybe_unused]] detail::Scalar scalars[kCount ? kCount : 1];
    std::size_t index = 0;
    ((put(all[index], scalars[index], index, arguments), ++index), ...);
    run(launch, all, kCount);
  }

 private:
  friend struct detail::Access;
  explicit Kernel(detail::Reference<detail::State> state) : Closable(std::move(state)) {}

  detail::KernelState &kernelState() const { return static_cast<detail::KernelState &>(state()); }

  template <class Argument>
  void put(nxs_launch_argument &argument, detail::Scalar &scalar, std::size_t index,
           const Argument &value) const {
    if constexpr (std::is_base_of_v<Buffer, Argument>) {
      const detail::State &other = detail::Access::state(value);
      if (&other.plugin != &plugin()) detail::requireSibling(state(), other, "nxsLaunch");
      kernelState().requireElements(index, value.dataType(), "nxsLaunch");
      argument = {nullptr, other.handle(), 0};
    } else {
      kernelState().encode(index, detail::Number(value), detail::dataTypeOf<Argument>, scalar,
                           "nxsLaunch");
      argument = {scalar.bytes, -1, static_cast<nxs_uint>(scalar.type)};
    }
  }

  void run(const Launch &launch, const nxs_launch_argument *arguments, std::size_t count) const {
    const nxs_launch what{launch.grid().groupsOf(launch.group()), launch.group(),
                          launch.sharedMemory(), static_cast<nxs_uint>(count), arguments};
    nxs_int stream = detail::kDefaultStream;
    if (launch.stream()) {
      const detail::State &on = detail::Access::state(*launch.stream());
      detail::requireSibling(state(), on, "nxsLaunch");
      stream = on.handle();
    }
    nxs_int result = NEXUS_CALL(plugin(), Launch, handle(), stream, &what, launch.settings());
    if (result == detail::kAbsent) {
      detail::runBySchedule(state(), stream, what, launch.settings(),
                            [&] { return about(launch); });
      return;
    }
    if (result < 0) failed(result, launch, arguments, count);
  }

  std::string about(const Launch &launch) const {
    return "kernel " + detail::quoted(name()) + ", " + launch.describe();
  }

  [[noreturn]] void failed(nxs_int result, const Launch &launch,
                           const nxs_launch_argument *arguments, std::size_t count) const {
    state().requireOpen("nxsLaunch");
    for (std::size_t index = 0; index < count; ++index) {
      if (arguments[index].value || arguments[index].buffer_id >= 0) continue;
      throw InvalidHandleError(kernelState().describeArgument(index) + " is a closed Buffer",
                               NXS_InvalidBuffer, "nxsLaunch");
    }
    detail::fail(state(), result, "nxsLaunch", about(launch));
  }
};

}  // namespace nexus

#endif  // NEXUS_KERNEL_HPP
