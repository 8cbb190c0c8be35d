// Schedules: lists of commands that run together.
#pragma once

#include <nexus-sdk/objects/execution.hpp>

#include <limits>
#include <utility>

namespace nexus::sdk {

// The commands of a schedule, the snapshot of them for the next run, and the last run.
class Recording final : public Changes {
 public:
  void add(Ref<Command> command) {
    {
      const std::lock_guard guard(lock_);
      commands_.push_back(std::move(command));
    }
    note();
  }

  void note() override {
    // Destroyed after the lock is released: they may hold the last reference to a buffer.
    Ref<CommandList> list, of_run;
    const std::lock_guard guard(lock_);
    list = std::exchange(list_, {});
    if (list) list->outdate();
    if (last_run_ && last_run_->over()) of_run = last_run_->take_list();
  }

  // A new run. Empty, with `error` set, if a command cannot run.
  Ref<Run> begin(nxs_uint settings, std::optional<Error> &error) {
    Ref<CommandList> before;
    const std::lock_guard guard(lock_);
    if (!list_) list_ = snapshot(error);
    if (!list_) return {};
    const nxs_ulong number = runs_ + 1;
    check_count(number, list_->most_per_run);
    if (!last_run_ || !last_run_.unique()) last_run_ = make_ref<Run>(ended_);
    before = last_run_->reset(list_, settings, number);
    runs_ = number;
    ++begun_;
    return last_run_;
  }

  // A run that was refused does not count.
  void withdraw(const Run &run) {
    const std::lock_guard guard(lock_);
    if (runs_ == run.number()) --runs_;
  }

  // The schedule has been destroyed. Its commands, which refer to this object, are destroyed with
  // the last run in flight.
  void close() {
    std::vector<Ref<Command>> commands;
    Ref<CommandList> list;
    Ref<Run> run;
    const std::lock_guard guard(lock_);
    commands.swap(commands_);
    list = std::exchange(list_, {});
    run = std::exchange(last_run_, {});
  }

  std::size_t size() const {
    const std::lock_guard guard(lock_);
    return commands_.size();
  }
  Ref<Run> last_run() const {
    const std::lock_guard guard(lock_);
    return last_run_;
  }
  nxs_long in_flight() const {
    const std::lock_guard guard(lock_);
    return begun_ - ended_->now();
  }

 private:
  Ref<CommandList> snapshot(std::optional<Error> &error) const {
    std::vector<CommandList::Step> steps;
    steps.reserve(commands_.size());
    for (const auto &command : commands_) {
      steps.push_back({command, command->kernel ? command->ready(error) : Ref<Launch>()});
      if (error) return {};
    }
    return make_ref<CommandList>(std::move(steps));
  }

  static void check_count(nxs_ulong number, nxs_int most) {
    constexpr nxs_ulong kMost = std::numeric_limits<nxs_int>::max();
    if (most && number > kMost / static_cast<nxs_ulong>(most))
      fail(NXS_OutOfResources, "run ", number, " of the schedule would signal or wait for ", number,
           " times ", most, ", more than an event can count");
  }

  mutable SpinLock lock_;
  std::vector<Ref<Command>> commands_;
  // Empty after a change, until the next run.
  Ref<CommandList> list_;
  Ref<Run> last_run_;
  // The number of runs that were accepted, and of all that were begun.
  nxs_ulong runs_ = 0;
  nxs_long begun_ = 0;
  const Ref<RunCount> ended_ = make_ref<RunCount>();
};

class Schedule : public Object {
 public:
  static constexpr Kind kKind = Kind::kSchedule;
  Schedule(Device &device, nxs_uint settings)
      : Object(kKind), device(device), settings_(settings) {}

  ~Schedule() override { recording_->close(); }

  void add(Ref<Command> command) { recording_->add(std::move(command)); }

  // Returns the failure of the run, if any.
  std::optional<Error> run(Stream &stream, nxs_uint settings) {
    std::optional<Error> error;
    const Ref<Run> run = recording_->begin(settings | settings_ | profiling(stream), error);
    if (!run) return error;
    return execute(stream, run, [this](const Run &refused) { recording_->withdraw(refused); });
  }

  Property property(nxs_property id) const {
    const Ref<Run> last = recording_->last_run();
    const Timing timing = last ? last->timing() : Timing();
    switch (id) {
      case NP_Count: return integer(recording_->size());
      case NP_Value: return integer(recording_->in_flight());
      case NP_Status: return last ? last->status_text() : std::string("Created");
      case NP_TimeStamp: return timing.end ? integer(timing.start) : NotMeasured();
      case NP_ElapsedTime: return timing.end ? Property(timing.elapsed_ms()) : NotMeasured();
      default: return {};
    }
  }

  // The object that its commands report changes to.
  Ref<Changes> changes() const { return recording_; }

  Device &device;

 private:
  const nxs_uint settings_;
  const Ref<Recording> recording_ = make_ref<Recording>();
};

}  // namespace nexus::sdk
