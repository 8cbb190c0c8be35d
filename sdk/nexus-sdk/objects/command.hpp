// Commands: what a schedule consists of, with all checks of arguments and sizes.
#pragma once

#include <nexus-sdk/abi/spin_lock.hpp>
#include <nexus-sdk/objects/buffer.hpp>
#include <nexus-sdk/objects/event.hpp>
#include <nexus-sdk/objects/library.hpp>

#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

namespace nexus::sdk {

// How long something took on the device.
struct Timing {
  // Nanoseconds on a clock that never goes back.
  nxs_long start = 0, end = 0;
  double elapsed_ms() const { return static_cast<double>(end - start) / 1e6; }
};

struct Argument {
  // Set for a buffer.
  Ref<Buffer> buffer;
  nxs_int buffer_handle = -1;
  // Size of the scalar in bytes; 0 for a buffer, and for an argument that was never set.
  std::size_t scalar_size = 0;
  alignas(8) std::array<std::byte, 8> scalar{};

  bool is_set() const { return buffer || scalar_size; }
};

class Command : public Object {
 public:
  static constexpr ::nexus::sdk::Kind kKind = ::nexus::sdk::Kind::kCommand;

  Command(const Device &device, Ref<Kernel> kernel, nxs_uint settings)
      : Object(kKind),
        device(device),
        type(NXS_CommandType_Dispatch),
        settings(settings),
        kernel(std::move(kernel)) {}
  Command(const Device &device, nxs_command_type type, Ref<Event> event, nxs_int value,
          nxs_uint settings)
      : Object(kKind),
        device(device),
        type(type),
        settings(settings),
        event(std::move(event)),
        event_value(value) {}

  void set_buffer(nxs_int index, Ref<Buffer> buffer, nxs_int handle) {
    if (const Parameter *parameter = check_argument(index)) {
      if (parameter->kind == Parameter::Kind::kScalar)
        fail(NXS_InvalidArgValue, "argument ", index, " (", parameter->name, ") of kernel ",
             kernel->name, " is a scalar, not a buffer");
      if (parameter->kind == Parameter::Kind::kAny && parameter->size != sizeof(nxs_ulong))
        fail(NXS_InvalidArgValue, "argument ", index, " of kernel ", kernel->name, " has ",
             parameter->size, " bytes and can hold no buffer's address");
    }
    Argument &argument = argument_at(index);
    argument = Argument{};
    argument.buffer = std::move(buffer);
    argument.buffer_handle = handle;
  }

  void set_scalar(nxs_int index, const void *value, nxs_uint data_type) {
    const Parameter *parameter = check_argument(index);
    if (!value)
      fail(NXS_InvalidArgValue, "the pointer to the value of argument ", index, " is NULL");
    const DataTypeInfo info = data_type_info(data_type & NXS_DataType_Mask);
    if (data_type == NXS_DataType_Undefined || info.bits == 0 || info.bits % 8)
      fail(NXS_InvalidArgValue, "data type ", data_type, " of argument ", index,
           " has no size in whole bytes that a scalar could have");
    const std::size_t size = info.bits / 8;
    if (parameter &&
        (parameter->kind == Parameter::Kind::kIn || parameter->kind == Parameter::Kind::kOut))
      fail(NXS_InvalidArgValue, "argument ", index, " (", parameter->name, ") of kernel ",
           kernel->name, " is a buffer, not a scalar");
    if (parameter && parameter->size != size)
      fail(NXS_InvalidArgSize, "argument ", index, " (", parameter->name, ") of kernel ",
           kernel->name, " has ", parameter->size, " bytes, and a scalar of type ", info.name,
           " has ", size);
    Argument &argument = argument_at(index);
    argument = Argument{};
    argument.scalar_size = size;
    std::memcpy(argument.scalar.data(), value, size);
  }

  void finalize(nxs_dim3 grid_size, nxs_dim3 group_size, nxs_uint shared_size) {
    check_changeable();
    const LaunchLimits limits = kernel->launch_limits();
    check_group(group_size, limits);
    check_grid(grid_size, group_size, limits);
    if (shared_size > limits.max_shared_memory)
      fail(NXS_OutOfResources, shared_size, " bytes of shared memory per group, and ",
           limits.max_shared_memory, " is the most");
    grid = grid_size;
    group = group_size;
    shared_memory_size = shared_size;
    finalized = true;
  }

  // What keeps the command from running, if anything.
  void check_ready() {
    const std::lock_guard guard(lock);
    if (type != NXS_CommandType_Dispatch) return;
    if (!finalized)
      fail(NXS_InvalidCommand, "the command for kernel ", kernel->name, " is not finalized");
    const auto &parameters = kernel->parameters;
    const std::size_t needed = parameters ? parameters->size() : arguments.size();
    for (std::size_t i = 0; i < needed; ++i)
      if ((i >= arguments.size() || !arguments[i].is_set()) &&
          !(parameters && (*parameters)[i].kind == Parameter::Kind::kNone))
        fail(NXS_InvalidKernelArgs, "argument ", i, " of kernel ", kernel->name, " was never set");
  }

  nxs_ulong group_items() const { return nxs_ulong{group.x} * group.y * group.z; }
  nxs_ulong group_count() const { return nxs_ulong{grid.x} * grid.y * grid.z; }

  void record(const Timing &timing) {
    const std::lock_guard guard(lock);
    timing_ = timing;
  }

  Property property(nxs_property id) {
    const std::lock_guard guard(lock);
    switch (id) {
      case NP_Type: return std::string(type_name());
      case NP_Name: return kernel ? Property(kernel->name) : Property();
      case NP_Value: return event ? integer(event_value) : Property();
      case NP_Count: return kernel ? integer(arguments.size()) : Property();
      case NP_Size: return finalized ? integer(group_items() * group_count()) : Property();
      case NP_Arguments: return argument_handles();
      case NP_TimeStamp: return timing_.end ? integer(timing_.start) : NotMeasured();
      case NP_ElapsedTime: return timing_.end ? Property(timing_.elapsed_ms()) : NotMeasured();
      default: return {};
    }
  }

  // Held by calls that change the command, so that each sees it whole.
  SpinLock lock;
  const Device &device;
  const nxs_command_type type;
  const nxs_uint settings;
  const Ref<Kernel> kernel;
  const Ref<Event> event;
  const nxs_int event_value = 0;

  // Fixed once the command is finalized, which is what lets runs read them without a lock.
  std::vector<Argument> arguments;
  nxs_dim3 grid{}, group{};
  nxs_uint shared_memory_size = 0;
  bool finalized = false;

 private:
  void check_changeable() const {
    if (type != NXS_CommandType_Dispatch)
      fail(NXS_InvalidOperation, "a command that signals or waits has no arguments and no size");
    if (finalized)
      fail(NXS_InvalidOperation, "the command for kernel ", kernel->name,
           " is finalized and can no longer be changed; create another");
  }

  // The declaration of the argument, where the kernel tells it.
  const Parameter *check_argument(nxs_int index) const {
    check_changeable();
    if (index < 0 || index >= NXS_KERNEL_MAX_ARGS)
      fail(NXS_InvalidArgIndex, "argument index ", index, " is not in 0 to ",
           NXS_KERNEL_MAX_ARGS - 1);
    if (!kernel->parameters) return nullptr;
    const auto &parameters = *kernel->parameters;
    if (static_cast<std::size_t>(index) >= parameters.size() ||
        parameters[static_cast<std::size_t>(index)].kind == Parameter::Kind::kNone)
      fail(NXS_InvalidArgIndex, "kernel ", kernel->name, " has ", parameters.size(),
           " arguments, and none of index ", index);
    return &parameters[static_cast<std::size_t>(index)];
  }

  Argument &argument_at(nxs_int index) {
    const auto position = static_cast<std::size_t>(index);
    if (arguments.size() <= position) arguments.resize(position + 1);
    return arguments[position];
  }

  void check_group(nxs_dim3 size, const LaunchLimits &limits) const {
    const std::string text = concat("a group of ", size.x, " x ", size.y, " x ", size.z, " items");
    if (!size.x || !size.y || !size.z) fail(NXS_InvalidWorkGroupSize, text, " has none");
    nxs_ulong items = 0;
    if (__builtin_mul_overflow(nxs_ulong{size.x} * size.y, nxs_ulong{size.z}, &items) ||
        items > limits.max_group_items)
      fail(NXS_InvalidWorkGroupSize, text, " is too large for kernel ", kernel->name,
           ", which takes ", limits.max_group_items);
    const nxs_uint extents[] = {size.x, size.y, size.z};
    for (std::size_t d = 0; d < 3; ++d)
      if (extents[d] > limits.max_group[d])
        fail(NXS_InvalidWorkGroupSize, text, " has more than ", limits.max_group[d],
             " items along dimension ", d);
  }

  void check_grid(nxs_dim3 size, nxs_dim3 group_size, const LaunchLimits &limits) const {
    const std::string text = concat("a grid of ", size.x, " x ", size.y, " x ", size.z, " groups");
    if (!size.x || !size.y || !size.z) fail(NXS_InvalidGlobalWorkSize, text, " has none");
    const nxs_uint groups[] = {size.x, size.y, size.z},
                   items[] = {group_size.x, group_size.y, group_size.z};
    for (std::size_t d = 0; d < 3; ++d) {
      if (groups[d] > limits.max_grid[d])
        fail(NXS_InvalidGlobalWorkSize, text, " has more than ", limits.max_grid[d],
             " groups along dimension ", d);
      if (nxs_ulong{groups[d]} * items[d] > limits.max_items_per_dimension)
        fail(NXS_InvalidGlobalWorkSize, text, " has more than ", limits.max_items_per_dimension,
             " items along one dimension");
    }
    nxs_ulong count = 0;
    if (__builtin_mul_overflow(nxs_ulong{size.x} * size.y, nxs_ulong{size.z}, &count) ||
        __builtin_mul_overflow(count, nxs_ulong{group_size.x} * group_size.y * group_size.z,
                               &count))
      fail(NXS_InvalidGlobalWorkSize, text, " has more items than can be counted");
  }

  Property argument_handles() const {
    if (!kernel) return {};
    std::vector<nxs_long> handles;
    for (const Argument &argument : arguments) handles.push_back(argument.buffer_handle);
    return handles;
  }

  const char *type_name() const {
    switch (type) {
      case NXS_CommandType_Dispatch: return "Dispatch";
      case NXS_CommandType_Signal: return "Signal";
      case NXS_CommandType_Wait: return "Wait";
    }
    return "unknown";
  }

  Timing timing_;
};

}  // namespace nexus::sdk
