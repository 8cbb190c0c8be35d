// Commands: the parts of a schedule. One that runs a kernel collects arguments, and publishes them
// as a Launch when it is finalized.
#pragma once

#include <nexus-sdk/base/spin_lock.hpp>
#include <nexus-sdk/objects/arguments.hpp>
#include <nexus-sdk/objects/event.hpp>
#include <nexus-sdk/objects/timing.hpp>

#include <mutex>
#include <optional>
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
  // Stands for a launch without a schedule, which keeps its kernel and arguments itself.
  explicit Command(const Device &device)
      : Object(kKind), device(device), type(NXS_CommandType_Dispatch), settings(0) {}
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
    check_buffer(*kernel, device, index, *buffer, handle);
    Argument argument;
    argument.buffer = std::move(buffer);
    argument.buffer_handle = handle;
    set(index, std::move(argument));
  }

  // Whether the kernel declares its arguments, and none with this index, which a call may have.
  bool declares_no_argument(nxs_int index) const {
    return kernel && index >= 0 && index < NXS_KERNEL_MAX_ARGS &&
           detail::declares_no_argument(*kernel, static_cast<std::size_t>(index));
  }

  void set_scalar(nxs_int index, const void *value, nxs_uint data_type) {
    check_runs_kernel();
    Argument argument;
    sdk::set_scalar(argument, *kernel, index, value, data_type);
    set(index, std::move(argument));
  }

  void finalize(const LaunchSize &size) {
    check_runs_kernel();
    check_size(*kernel, size);
    publish([&] { return make_ref<Launch>(kernel, arguments_, size); });
  }

  // The launch that the command has published. Empty, with `error` set, if it cannot run.
  Ref<Launch> ready(std::optional<Error> &error) const {
    const std::lock_guard guard(lock_);
    if (published_)
      error = missing_argument(*kernel, published_->arguments);
    else
      error = Error(NXS_InvalidCommand,
                    concat("the command for kernel ", kernel->name, " is not finalized",
                           arguments_.empty() ? "" : ", or was changed afterwards",
                           "; call FinalizeCommand"));
    return error ? Ref<Launch>() : published_;
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
