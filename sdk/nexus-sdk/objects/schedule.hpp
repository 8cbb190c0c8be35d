// Schedules, their runs, and the streams that runs are handed to.
#pragma once

#include <nexus-sdk/objects/command.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <utility>

namespace nexus::sdk {

class Device;

// What a schedule's runs execute: its commands, finalized and checked. A schedule that is changed
// gets another.
class CommandList : public RefCounted {
 public:
  // What a backend makes of the commands once and uses at every run, such as a graph.
  class Compiled {
   public:
    virtual ~Compiled() = default;
  };

  explicit CommandList(std::vector<Ref<Command>> commands) : commands(std::move(commands)) {}

  // What `make`, a function that returns a std::unique_ptr<Compiled>, made of the commands.
  template <class Make>
  Compiled &compiled(const Make &make) {
    const std::lock_guard guard(mutex_);
    if (!compiled_) compiled_ = make();
    return *compiled_;
  }

  const std::vector<Ref<Command>> commands;

 private:
  std::mutex mutex_;
  std::unique_ptr<Compiled> compiled_;
};

// One submission of a schedule to a stream.
class Run : public RefCounted {
 public:
  Run(const Ref<CommandList> &list, nxs_uint settings) { reset(list, settings); }

  // Makes it a new one; only for whoever holds its only reference.
  void reset(const Ref<CommandList> &list, nxs_uint settings) {
    if (list_.get() != list.get()) list_ = list;
    settings_ = settings;
    error_.reset();
    timing_ = {};
    status_.store(NXS_EventStatus_Submitted, std::memory_order_relaxed);
  }

  CommandList &list() const { return *list_; }
  const std::vector<Ref<Command>> &commands() const { return list_->commands; }
  bool blocking() const { return !(settings_ & NXS_ExecutionSettings_NonBlocking); }
  bool timed() const {
    return settings_ & (NXS_ExecutionSettings_Timing | NXS_ExecutionSettings_Profiling);
  }

  bool captured() const { return settings_ & NXS_ExecutionSettings_Capture; }

  void begin() { status_.store(NXS_EventStatus_Running, std::memory_order_relaxed); }
  void complete(const Timing &timing) {
    timing_ = timing;
    publish(NXS_EventStatus_Complete);
  }
  // `status` is Error for work that failed, Canceled for work that was not begun.
  void end(nxs_event_status status, const Error &error) {
    error_ = error;
    publish(status);
  }

  bool over() const { return status_.load(std::memory_order_acquire) >= NXS_EventStatus_Complete; }
  // Returns when the run is over.
  void wait() const {
    for (int now; (now = status_.load(std::memory_order_acquire)) < NXS_EventStatus_Complete;)
      status_.wait(now);
  }
  // Why it failed, if it is over and has.
  const Error *error() const { return over() && error_ ? &*error_ : nullptr; }
  Timing timing() const { return over() ? timing_ : Timing(); }
  std::string status_text() const {
    switch (status_.load(std::memory_order_acquire)) {
      case NXS_EventStatus_Submitted: return "Submitted";
      case NXS_EventStatus_Running: return "Running";
      case NXS_EventStatus_Complete: return "Complete";
      case NXS_EventStatus_Error: return concat("Error: ", error_->what());
      case NXS_EventStatus_Canceled: return concat("Canceled: ", error_->what());
    }
    return "unknown";
  }

 private:
  void publish(nxs_event_status status) {
    status_.store(status, std::memory_order_release);
    status_.notify_all();
  }

  Ref<CommandList> list_;
  // The nxs_execution_settings of the schedule and of this run.
  nxs_uint settings_;
  // Written before the status says that the run is over, and read after.
  std::optional<Error> error_;
  Timing timing_;
  std::atomic<int> status_;
};

// The failures of a stream's runs, in the order of the work. That of a non-blocking run, which
// nobody waited for, is what the next blocking run tells instead of running.
class Failures {
 public:
  // Ends a blocking run that has such a failure to tell; whether it had.
  bool cancel(Run &run) {
    if (!untold_ || !run.blocking()) return false;
    run.end(
        NXS_EventStatus_Canceled,
        Error(untold_->status(), concat("earlier work on this stream failed: ", untold_->what())));
    untold_.reset();
    return true;
  }

  // Ends a run whose work failed.
  void end(Run &run, const Error &error) {
    if (!run.blocking() && !untold_) untold_ = error;
    run.end(NXS_EventStatus_Error, error);
  }

 private:
  std::optional<Error> untold_;
};

class Stream : public Object {
 public:
  static constexpr Kind kKind = Kind::kStream;
  Stream(const Device &device, nxs_uint settings)
      : Object(kKind), device(device), settings(settings) {}

  // Takes a run over, to be done after those before it; must lead to its complete() or end(). For a
  // blocking run it may do so before it returns.
  virtual void submit(Ref<Run> run) = 0;
  // Returns when the run is over.
  virtual void wait(Run &run) { run.wait(); }
  // Whether it has work to do.
  virtual bool busy() = 0;

  virtual Property property(nxs_property id) {
    switch (id) {
      case NP_Status: return std::string(busy() ? "Running" : "Complete");
      default: return {};
    }
  }

  const Device &device;
  const nxs_uint settings;
};

class Schedule : public Object {
 public:
  static constexpr Kind kKind = Kind::kSchedule;
  Schedule(Device &device, nxs_uint settings)
      : Object(kKind), device(device), settings_(settings) {}

  void add(Ref<Command> command) {
    const std::lock_guard guard(lock_);
    commands_.push_back(std::move(command));
    list_ = {};
  }

  void run(Stream &stream, nxs_uint settings) {
    Ref<Run> run;
    {
      const std::lock_guard guard(lock_);
      if (!list_) {
        for (const auto &command : commands_) command->check_ready();
        list_ = make_ref<CommandList>(commands_);
      }
      settings |= settings_ | stream_settings(stream);
      if (last_run_ && last_run_.unique())
        last_run_->reset(list_, settings);
      else
        last_run_ = make_ref<Run>(list_, settings);
      run = last_run_;
    }
    try {
      stream.submit(run);
    } catch (const Error &error) {
      run->end(NXS_EventStatus_Canceled, error);
      throw;
    } catch (const std::exception &error) {
      run->end(NXS_EventStatus_Canceled, Error(NXS_OutOfResources, error.what()));
      throw;
    }
    if (!run->blocking()) return;
    stream.wait(*run);
    if (const Error *error = run->error()) throw *error;
  }

  Property property(nxs_property id) {
    const std::lock_guard guard(lock_);
    const Timing timing = last_run_ ? last_run_->timing() : Timing();
    switch (id) {
      case NP_Count: return integer(commands_.size());
      case NP_Status:
        return last_run_ ? Property(last_run_->status_text()) : std::string("Created");
      case NP_TimeStamp: return timing.end ? integer(timing.start) : NotMeasured();
      case NP_ElapsedTime: return timing.end ? Property(timing.elapsed_ms()) : NotMeasured();
      default: return {};
    }
  }

  Device &device;

 private:
  static nxs_uint stream_settings(const Stream &stream) {
    return stream.settings & NXS_StreamSettings_Profiling ? NXS_ExecutionSettings_Profiling : 0;
  }

  SpinLock lock_;
  const nxs_uint settings_;
  std::vector<Ref<Command>> commands_;
  // The commands as they were checked at the last run; none after a change.
  Ref<CommandList> list_;
  Ref<Run> last_run_;
};

}  // namespace nexus::sdk
