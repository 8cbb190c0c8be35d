// Schedules, their runs, and the streams that runs are handed to.
#pragma once

#include <nexus-sdk/command.hpp>

#include <condition_variable>
#include <memory>
#include <optional>
#include <utility>

namespace nexus {

class Device;
using Commands = std::vector<Ref<Command>>;

// One submission of a schedule to a stream.
class Run : public RefCounted {
 public:
  Run(std::shared_ptr<const Commands> commands, nxs_uint settings)
      : commands(std::move(commands)), settings(settings) {}

  bool blocking() const { return !(settings & NXS_ExecutionSettings_NonBlocking); }
  bool timed() const { return settings & (NXS_ExecutionSettings_Timing | NXS_ExecutionSettings_Profiling); }

  void begin() { set_status(NXS_EventStatus_Running); }
  void complete(const Timing &timing) {
    const std::lock_guard lock(mutex_);
    timing_ = timing;
    status_ = NXS_EventStatus_Complete;
    done_.notify_all();
  }
  // `status` is Error for work that failed, Canceled for work that was not begun.
  void end(nxs_event_status status, const Error &error) {
    const std::lock_guard lock(mutex_);
    error_ = error;
    status_ = status;
    done_.notify_all();
  }

  // Returns when the run is over.
  void wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return status_ >= NXS_EventStatus_Complete; });
  }
  // Why it failed, if it has.
  std::optional<Error> error() const {
    const std::lock_guard lock(mutex_);
    return error_;
  }
  Timing timing() const {
    const std::lock_guard lock(mutex_);
    return timing_;
  }
  std::string status_text() const {
    const std::lock_guard lock(mutex_);
    switch (status_) {
      case NXS_EventStatus_Submitted: return "Submitted";
      case NXS_EventStatus_Running: return "Running";
      case NXS_EventStatus_Complete: return "Complete";
      case NXS_EventStatus_Error: return concat("Error: ", error_->what());
      case NXS_EventStatus_Canceled: return concat("Canceled: ", error_->what());
    }
    return "unknown";
  }

  const std::shared_ptr<const Commands> commands;
  // The nxs_execution_settings of the schedule and of this run.
  const nxs_uint settings;

 private:
  void set_status(nxs_event_status status) {
    const std::lock_guard lock(mutex_);
    status_ = status;
  }

  mutable std::mutex mutex_;
  std::condition_variable done_;
  nxs_event_status status_ = NXS_EventStatus_Submitted;
  std::optional<Error> error_;
  Timing timing_;
};

class Stream : public Object {
 public:
  static constexpr Kind kKind = Kind::kStream;
  Stream(const Device &device, nxs_uint settings) : Object(kKind), device(device), settings(settings) {}

  // Takes a run over, to be done after those before it; must lead to its complete() or end(). For a
  // blocking run it may do so before it returns.
  virtual void submit(Ref<Run> run) = 0;
  // Returns when the run is over.
  virtual void wait(Run &run) { run.wait(); }
  // Whether it has work to do.
  virtual bool busy() = 0;

  Property property(nxs_property id) {
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
  Schedule(Device &device, nxs_uint settings) : Object(kKind), device(device), settings_(settings) {}

  void add(Ref<Command> command) {
    const std::lock_guard lock(mutex);
    commands_.push_back(std::move(command));
    snapshot_.reset();
  }

  void run(Stream &stream, nxs_uint settings) {
    Ref<Run> run;
    {
      const std::lock_guard lock(mutex);
      if (!snapshot_) {
        for (const auto &command : commands_) command->check_ready();
        snapshot_ = std::make_shared<const Commands>(commands_);
      }
      run = make_ref<Run>(snapshot_, settings | settings_ | stream_settings(stream));
      last_run_ = run;
    }
    stream.submit(run);
    if (!run->blocking()) return;
    stream.wait(*run);
    if (const auto error = run->error()) throw *error;
  }

  Property property(nxs_property id) {
    const std::lock_guard lock(mutex);
    const Timing timing = last_run_ ? last_run_->timing() : Timing();
    switch (id) {
      case NP_Count: return integer(commands_.size());
      case NP_Status: return last_run_ ? Property(last_run_->status_text()) : std::string("Created");
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

  const nxs_uint settings_;
  Commands commands_;
  // The commands as they were checked at the last run; none after a change.
  std::shared_ptr<const Commands> snapshot_;
  Ref<Run> last_run_;
};

}  // namespace nexus
