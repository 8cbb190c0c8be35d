// Commands: the parts of a schedule. One that runs a kernel collects arguments, and publishes them
// as a Launch when it is finalized.
#pragma once

#include <nexus-sdk/base/spin_lock.hpp>
#include <nexus-sdk/objects/event.hpp>
#include <nexus-sdk/objects/launch.hpp>
#include <nexus-sdk/objects/timing.hpp>

#include <cstring>
#include <mutex>
#include <string>
#include <vector>

namespace nexus::sdk {

// The object that a command reports its changes to, since they outdate the schedule's snapshot.
class Changes : public RefCounted {
 public:
  virtual void note() = 0;
};

class Command : public Object {
 public:
  static constexpr ::nexus::sdk::Kind kKind = ::nexus::sdk::Kind::kCommand;

  Command(const Device &device, Ref<Changes> changes, Ref<Kernel> kernel, nxs_uint settings)
      : Object(kKind),
        device(device),
        type(NXS_CommandType_Dispatch),
        settings(settings),
        kernel(std::move(kernel)),
        changes_(std::move(changes)) {}
  Command(const Device &device, nxs_command_type type, Ref<Event> event, nxs_int value,
          nxs_uint settings)
      : Object(kKind),
        device(device),
        type(type),
        settings(settings),
        event(std::move(event)),
        event_value(value) {
    if (type == NXS_CommandType_Signal) this->event->add_signaler();
  }
  ~Command() override {
    if (type == NXS_CommandType_Signal) event->remove_signaler();
  }

  void set_buffer(nxs_int index, Ref<Buffer> buffer, nxs_int handle) {
    check_runs_kernel();
    if (&buffer->device != &device)
      fail(NXS_InvalidBuffer, "the buffer ", handle, " belongs to another device than the command");
    if (const Parameter *parameter = check_argument(index)) {
      if (parameter->kind == Parameter::Kind::kScalar)
        fail(NXS_InvalidArgValue, "argument ", index, " (", parameter->name, ") of kernel ",
             kernel->name, " is a scalar, not a buffer");
      if (parameter->kind == Parameter::Kind::kAny && parameter->size != sizeof(nxs_ulong))
        fail(NXS_InvalidArgValue, "argument ", index, " of kernel ", kernel->name, " has ",
             parameter->size, " bytes, too few for the address of a buffer");
    }
    Argument argument;
    argument.buffer = std::move(buffer);
    argument.buffer_handle = handle;
    set(index, std::move(argument));
  }

  // Whether the kernel declares its arguments, and none with this index, which a call may have.
  bool declares_no_argument(nxs_int index) const {
    if (!kernel || !kernel->parameters || index < 0 || index >= NXS_KERNEL_MAX_ARGS) return false;
    const auto &parameters = *kernel->parameters;
    const auto position = static_cast<std::size_t>(index);
    return position >= parameters.size() || parameters[position].kind == Parameter::Kind::kNone;
  }

  void set_scalar(nxs_int index, const void *value, nxs_uint data_type) {
    check_runs_kernel();
    const Parameter *parameter = check_argument(index);
    if (!value)
      fail(NXS_InvalidArgValue, "the pointer to the value of argument ", index, " is NULL");
    // A host that knows no type leaves it to the kernel's declaration. Where there is none, one
    // byte is all that such a host is sure to have behind the pointer.
    const bool declared = data_type == NXS_DataType_Undefined && parameter;
    if (data_type == NXS_DataType_Undefined)
      data_type = parameter ? parameter->data_type : nxs_uint{NXS_DataType_Bool};
    const DataTypeInfo info = data_type_info(data_type);
    const std::size_t size = declared ? parameter->size : info.bits / 8;
    if (!declared && (info.bits == 0 || info.bits % 8))
      fail(NXS_InvalidArgValue, "data type ", data_type, " of argument ", index,
           " is not a type for scalars: its size is not a whole number of bytes");
    if (parameter &&
        (parameter->kind == Parameter::Kind::kIn || parameter->kind == Parameter::Kind::kOut))
      fail(NXS_InvalidArgValue, "argument ", index, " (", parameter->name, ") of kernel ",
           kernel->name, " is a buffer, not a scalar");
    if (parameter && parameter->size != size)
      fail(NXS_InvalidArgSize, "argument ", index, " (", parameter->name, ") of kernel ",
           kernel->name, " has ", parameter->size, " bytes, but a scalar of type ", info.name,
           " has ", size);
    Argument argument;
    if (size > argument.scalar.size())
      fail(NXS_InvalidArgSize, "argument ", index, " of kernel ", kernel->name, " has ", size,
           " bytes, more than the ", argument.scalar.size(), " of a scalar");
    argument.scalar_size = size;
    std::memcpy(argument.scalar.data(), value, size);
    set(index, std::move(argument));
  }

  void finalize(const LaunchSize &size) {
    check_runs_kernel();
    check_size(*kernel, size);
    publish([&] { return make_ref<Launch>(kernel, arguments_, size); });
  }

  // The launch that the command has published. Fails if the command cannot run.
  Ref<Launch> ready() const {
    const std::lock_guard guard(lock_);
    if (!published_)
      fail(NXS_InvalidCommand, "the command for kernel ", kernel->name, " is not finalized",
           arguments_.empty() ? "" : ", or was changed afterwards", "; call FinalizeCommand");
    const auto &parameters = kernel->parameters;
    const auto &arguments = published_->arguments;
    const std::size_t needed = parameters ? parameters->size() : arguments.size();
    for (std::size_t i = 0; i < needed; ++i)
      if ((i >= arguments.size() || !arguments[i].is_set()) &&
          !(parameters && (*parameters)[i].kind == Parameter::Kind::kNone))
        fail(NXS_InvalidKernelArgs, "argument ", i, " of kernel ", kernel->name, " was never set");
    return published_;
  }

  bool timed() const { return settings & NXS_ExecutionSettings_Timing; }
  bool per_run() const { return event && (settings & NXS_EventCommandSettings_PerRun); }

  void record(const Timing &timing) {
    const std::lock_guard guard(lock_);
    timing_ = timing;
  }

  Property property(nxs_property id) const {
    const std::lock_guard guard(lock_);
    switch (id) {
      case NP_Type: return std::string(type_name());
      case NP_Name: return kernel ? Property(kernel->name) : Property();
      case NP_Value: return event ? integer(event_value) : Property();
      case NP_Count: return kernel ? integer(arguments_.size()) : Property();
      case NP_Size:
        return published_ ? integer(published_->size.group_items() * published_->size.group_count())
                          : Property();
      case NP_Arguments: return argument_handles();
      case NP_TimeStamp: return timing_.end ? integer(timing_.start) : NotMeasured();
      case NP_ElapsedTime: return timing_.end ? Property(timing_.elapsed_ms()) : NotMeasured();
      default: return {};
    }
  }

  const Device &device;
  const nxs_command_type type;
  // nxs_execution_settings; for an event command, nxs_event_command_settings and Timing.
  const nxs_uint settings;
  const Ref<Kernel> kernel;
  const Ref<Event> event;
  const nxs_int event_value = 0;

 private:
  void check_runs_kernel() const {
    if (type != NXS_CommandType_Dispatch)
      fail(NXS_InvalidOperation, "a command that signals or waits has no arguments and no size");
  }

  // The declaration of the argument, or NULL if the kernel declares none. Fails for an index that
  // the kernel does not have.
  const Parameter *check_argument(nxs_int index) const {
    if (index < 0 || index >= NXS_KERNEL_MAX_ARGS)
      fail(NXS_InvalidArgIndex, "argument index ", index, " is not in 0 to ",
           NXS_KERNEL_MAX_ARGS - 1);
    if (!kernel->parameters) return nullptr;
    const auto &parameters = *kernel->parameters;
    if (declares_no_argument(index))
      fail(NXS_InvalidArgIndex, "kernel ", kernel->name, " has ", parameters.size(),
           " arguments, but none with index ", index);
    return &parameters[static_cast<std::size_t>(index)];
  }

  // Unpublishes the launch. Runs that were submitted keep the one that they were given.
  void set(nxs_int index, Argument &&argument) {
    const auto position = static_cast<std::size_t>(index);
    Ref<Launch> outdated;
    {
      const std::lock_guard guard(lock_);
      if (arguments_.size() <= position) arguments_.resize(position + 1);
      std::swap(arguments_[position], argument);
      std::swap(published_, outdated);
    }
    changes_->note();
  }

  template <class Make>
  void publish(const Make &make) {
    Ref<Launch> launch;
    {
      const std::lock_guard guard(lock_);
      launch = make();
      std::swap(published_, launch);
    }
    changes_->note();
  }

  Property argument_handles() const {
    if (!kernel) return {};
    std::vector<nxs_long> handles;
    handles.reserve(arguments_.size());
    for (const Argument &argument : arguments_) handles.push_back(argument.buffer_handle);
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

  const Ref<Changes> changes_;
  mutable SpinLock lock_;
  // The arguments as they were set; a run sees those of `published_`.
  std::vector<Argument> arguments_;
  Ref<Launch> published_;
  Timing timing_;
};

}  // namespace nexus::sdk
