/**
 * @file command.hpp
 * Commands: the steps of a schedule.
 */
#ifndef NEXUS_COMMAND_HPP
#define NEXUS_COMMAND_HPP

#include <nexus/kernel.hpp>

#include <string>
#include <type_traits>
#include <utility>

namespace nexus {

namespace detail {

/** What the copies of a command share; `kernel` is null for signals and waits. */
struct CommandState : State {
  using State::State;
  Reference<State> kernel;
};

}  // namespace detail

/**
 * A step of a schedule, from Schedule::createCommand and its siblings. One that runs a kernel needs
 * its arguments and finalize() before the schedule can run. It may be changed and finalized again
 * at any time; runs that were submitted before are not affected.
 */
class Command : public Closable {
 public:
  Command() = default;

  /** Sets an argument, from 0 on, to a buffer of the same runtime. */
  Command &set(nxs_int index, const Buffer &buffer) {
    const detail::State &other = detail::Access::state(buffer);
    detail::requireSibling(state(), other, "nxsSetCommandArgument");
    if (const auto *const known = kernelState()) {
      known->requireElements(static_cast<std::size_t>(index), buffer.dataType(),
                             "nxsSetCommandArgument");
    }
    checked(NEXUS_CALL(plugin(), SetCommandArgument, handle(), index, other.handle(), nullptr, 0),
            "nxsSetCommandArgument", [&] { return about(index); });
    return *this;
  }

  /** Sets an argument to a number, which is converted to what the kernel declares. */
  template <class T, std::enable_if_t<std::is_arithmetic_v<T> || std::is_enum_v<T>, int> = 0>
  Command &set(nxs_int index, T value) {
    setNumber(index, detail::Number(value), detail::dataTypeOf<T>);
    return *this;
  }

  /** Sets all arguments, from 0 on. */
  template <class... Arguments>
  Command &setAll(const Arguments &...arguments) {
    nxs_int index = 0;
    (set(index++, arguments), ...);
    return *this;
  }

  /**
   * Sets the size, and publishes it with the arguments. sharedMemory: bytes that the items of a
   * group share, beyond what the kernel declares. A bare number for the grid counts work-items.
   */
  Command &finalize(Extent group, Grid grid, nxs_uint sharedMemory = 0) {
    const nxs_dim3 groups = grid.groupsOf(group);
    checked(NEXUS_CALL(plugin(), FinalizeCommand, handle(), groups, group, sharedMemory),
            "nxsFinalizeCommand",
            [&] { return describe() + ", " + Launch(group, grid, sharedMemory).describe(); });
    return *this;
  }

 private:
  friend struct detail::Access;
  explicit Command(detail::Reference<detail::State> state) : Closable(std::move(state)) {}

  const detail::KernelState *kernelState() const {
    const auto &own = static_cast<const detail::CommandState &>(state());
    return static_cast<const detail::KernelState *>(own.kernel.get());
  }

  void setNumber(nxs_int index, const detail::Number &number, nxs_data_type own) {
    detail::Scalar scalar;
    if (const auto *const known = kernelState()) {
      known->encode(static_cast<std::size_t>(index), number, own, scalar, "nxsSetCommandScalar");
    } else {
      // The plugin refuses it: a command that signals or waits has no arguments.
      detail::convert(number, own, scalar);
    }
    checked(NEXUS_CALL(plugin(), SetCommandScalar, handle(), index, scalar.bytes, nullptr,
                       static_cast<nxs_uint>(scalar.type)),
            "nxsSetCommandScalar", [&] { return about(index); });
  }

  std::string about(nxs_int index) const {
    const detail::KernelState *const known = kernelState();
    return known ? known->describeArgument(static_cast<std::size_t>(index))
                 : "argument " + std::to_string(index) + " of " + describe();
  }
};

}  // namespace nexus

#endif  // NEXUS_COMMAND_HPP
