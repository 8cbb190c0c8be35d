/**
 * @file commands.hpp
 * Commands: arguments are kept here, and reach the plugin with the size of the launch.
 */
#ifndef NEXUS_FIELD_COMMANDS_HPP
#define NEXUS_FIELD_COMMANDS_HPP

#include <nexus/detail/data_types.hpp>
#include <nexus/field/refusal.hpp>

#include <array>
#include <cstring>
#include <string>
#include <vector>

namespace nexus::field {

/** The memory of a scalar. Such plugins keep pointers to it, and read 8 bytes, whatever the type.
 */
using Cell = std::array<unsigned char, 8>;

/** The plugins' room for arguments of a kernel. */
inline constexpr std::size_t kMostArguments = 31;

/** An argument: a buffer, or a scalar with the type that the plugin is told. */
struct Argument {
  bool isSet = false;
  nxs_int buffer = -1;
  Cell scalar{};
  nxs_uint type = 0;
  /** The memory of a scalar that the plugin has a pointer to; the schedule keeps it. */
  Cell *cell = nullptr;
};

/** A command of a schedule. */
struct FieldCommand {
  /** The plugin's handle. */
  nxs_int handle;
  /** The plugin's handle of the kernel; negative for a signal or a wait. */
  nxs_int kernel;
  /** The handle of its schedule, as the owner sees it. */
  nxs_int schedule;
  nxs_uint settings;
  /** By index; some may not be set. */
  std::vector<Argument> arguments;
  /** The buffers that the plugin's command has. */
  std::vector<nxs_int> leased;
  /** Whether what was set has been published. */
  bool ready = false;

  /** Refuses a run for which the command is not ready; such plugins crash instead. */
  void requireReady() const {
    if (kernel < 0) return;
    if (!ready) {
      throw Refused{NXS_InvalidCommand,
                    "a command is not finalized since it was created or changed"};
    }
    if (arguments.size() > kMostArguments) {
      throw Refused{NXS_InvalidKernelArgs, "a command has " + std::to_string(arguments.size()) +
                                               " arguments, and such plugins take " +
                                               std::to_string(kMostArguments)};
    }
    for (std::size_t index = 0; index < arguments.size(); ++index) {
      if (arguments[index].isSet) continue;
      throw Refused{NXS_InvalidKernelArgs, "argument " + std::to_string(index) + " is not set"};
    }
  }

  /** Sets an argument, which is published by finalize. */
  void set(nxs_int index, const Argument &argument) {
    const auto at = static_cast<std::size_t>(index);
    if (arguments.size() <= at) arguments.resize(at + 1);
    Cell *const cell = arguments[at].cell;
    arguments[at] = argument;
    arguments[at].isSet = true;
    arguments[at].cell = cell;
    ready = false;
  }

  /** Forgets what was set, but not the memory that the plugin has pointers to. */
  void reset() {
    for (Argument &argument : arguments) {
      Cell *const cell = argument.cell;
      argument = {};
      argument.cell = cell;
    }
    ready = false;
  }

  /** Refuses arguments and sizes for a command that signals or waits. */
  void requireKernel() const {
    if (kernel >= 0) return;
    throw Refused{NXS_InvalidOperation,
                  "a command that signals or waits has no arguments and no size"};
  }
};

/** Refuses an index beyond those of the ABI, with which such plugins crash. */
inline void requireIndex(nxs_int index) {
  if (index >= 0 && index < NXS_KERNEL_MAX_ARGS) return;
  throw Refused{NXS_InvalidArgIndex, "argument " + std::to_string(index) + " is not one of 0 to " +
                                         std::to_string(NXS_KERNEL_MAX_ARGS - 1)};
}

/** Returns a scalar as such plugins can take it. */
inline Argument scalarOf(const void *value, nxs_uint settings) {
  if (!value) throw Refused{NXS_InvalidArgValue, "the pointer to the scalar is NULL"};
  const nxs_uint type = settings & NXS_DataType_Mask;
  if (type == NXS_DataType_Undefined || type > NXS_DataType_Bool) {
    throw Refused{NXS_InvalidArgValue, "the scalar needs a type"};
  }
  const std::size_t bits = detail::bitsOf(type);
  const std::size_t size = bits < 8 ? 1 : bits / 8;
  Argument argument;
  std::memcpy(argument.scalar.data(), value, size);
  // Bit 1 means "constant" to such plugins, which then give the value to no kernel. A type whose
  // number has the bit is sent as another one of at least its size.
  constexpr nxs_uint kConstant = 2;
  argument.type = type;
  if (type & kConstant) {
    argument.type = size == 1 ? NXS_DataType_I8 : size <= 4 ? NXS_DataType_I32 : NXS_DataType_I64;
  }
  return argument;
}

/** Refuses sizes that end the process, or with which items get lost. */
inline void requireSize(const nxs_dim3 &grid, const nxs_dim3 &group, bool isCpu) {
  if (!group.x || !group.y || !group.z) {
    throw Refused{NXS_InvalidWorkGroupSize, "a group has a size of 0"};
  }
  if (!grid.x || !grid.y || !grid.z) {
    throw Refused{NXS_InvalidGlobalWorkSize, "the grid has a size of 0"};
  }
  if (isCpu && (group.y != 1 || group.z != 1)) {
    const auto text = [](nxs_uint size) { return std::to_string(size); };
    throw Refused{NXS_InvalidWorkGroupSize,
                  "a group has " + text(group.x) + " x " + text(group.y) + " x " + text(group.z) +
                      " items, and plugins of the field for CPUs run only those along x; use "
                      "groups of one dimension"};
  }
}

}  // namespace nexus::field

#endif  // NEXUS_FIELD_COMMANDS_HPP
