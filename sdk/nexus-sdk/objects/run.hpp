// Runs: submissions of a schedule to a stream.
#pragma once

#include <nexus-sdk/objects/command.hpp>

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

namespace nexus::sdk {

// A snapshot of a schedule: its commands and what they had published. Immutable; a schedule whose
// commands change makes a new one.
class CommandList : public RefCounted {
 public:
  struct Step {
    Ref<Command> command;
    // What a command that runs a kernel launches; empty for event commands.
    Ref<Launch> launch;
  };

  // What a backend builds from the steps once and uses in every run, such as a graph.
  class Compiled {
   public:
    virtual ~Compiled() = default;
  };

  explicit CommandList(std::vector<Step> all) : steps(std::move(all)) {
    for (const Step &step : steps)
      if (step.command->per_run()) most_per_run = std::max(most_per_run, step.command->event_value);
    note_buffers();
  }

  ~CommandList() override {
    for (const auto &use : uses_) use->end();
  }

  // The result of `make`, a function that returns a std::unique_ptr<Compiled>; it is called once.
  template <class Make>
  Compiled &compiled(const Make &make) {
    const std::lock_guard guard(mutex_);
    if (!compiled_) compiled_ = make();
    return *compiled_;
  }

  // The record in which runs on a queue note that they use the buffers; NULL if there are none.
  // Valid as long as the queue's stream exists.
  QueueUse *uses_on(WorkQueue &queue) {
    if (!uses_buffers_) return nullptr;
    {
      const std::lock_guard guard(uses_lock_);
      if (QueueUse *const use = find_use(queue)) return use;
    }
    return &add_use(queue);
  }
  // The same for a list that no other thread uses.
  QueueUse *only_uses_on(WorkQueue &queue) {
    if (!uses_buffers_) return nullptr;
    QueueUse *const use = find_use(queue);
    return use ? use : &add_use(queue);
  }

  // To be called after the launches have been changed, which they may while no run uses the list.
  // `former` are the buffers that they used before, as far as those still exist.
  void exchange_buffers(const std::vector<Ref<Buffer>> &former) {
    for (const auto &use : uses_)
      for (const auto &buffer : former)
        if (buffer) buffer->uses.remove(*use);
    std::erase_if(uses_, [](const auto &use) { return use->queue->closed(); });
    note_buffers();
    for (const auto &use : uses_) each_buffer([&](Buffer &buffer) { buffer.uses.add(use); });
  }

  // Notes that the schedule has a newer list.
  void outdate() { outdated_.store(true, std::memory_order_relaxed); }
  bool outdated() const { return outdated_.load(std::memory_order_relaxed); }

  std::vector<Step> steps;
  // The largest value among event commands that count per run; 0 if there are none.
  nxs_int most_per_run = 0;

 private:
  QueueUse *find_use(const WorkQueue &queue) const {
    for (const auto &use : uses_)
      if (use->queue.get() == &queue) return use.get();
    return nullptr;
  }

  QueueUse &add_use(WorkQueue &queue) {
    // Held throughout, so that each queue gets only one record.
    const std::lock_guard guard(mutex_);
    if (QueueUse *const use = find_use(queue)) return *use;
    Ref<QueueUse> added = make_ref<QueueUse>(queue);
    if (uses_.size() == uses_.capacity()) make_room();
    try {
      each_buffer([&](Buffer &buffer) { buffer.uses.add(added); });
    } catch (...) {
      each_buffer([&](Buffer &buffer) { buffer.uses.remove(*added); });
      throw;
    }
    const std::lock_guard uses_guard(uses_lock_);
    uses_.push_back(std::move(added));
    return *uses_.back();
  }

  // Makes room for one more record, without those of streams that have been destroyed.
  void make_room() {
    std::vector<Ref<QueueUse>> uses;
    uses.reserve(uses_.size() + 1);
    for (const auto &use : uses_)
      if (use->queue->closed() && use->over())
        use->end();
      else
        uses.push_back(use);
    const std::lock_guard guard(uses_lock_);
    uses_.swap(uses);
  }

  void note_buffers() {
    uses_buffers_ = false;
    each_buffer([&](Buffer &) { uses_buffers_ = true; });
  }

  // Calls `body` for the buffers that the launches use, as often as they are arguments.
  template <class Body>
  void each_buffer(const Body &body) const {
    for (const Step &step : steps)
      if (step.launch)
        for (const Argument &argument : step.launch->arguments)
          if (argument.buffer) body(*argument.buffer);
  }

  bool uses_buffers_ = false;
  std::mutex mutex_;
  std::unique_ptr<Compiled> compiled_;
  SpinLock uses_lock_;
  // One for each queue that the list ran on; changed while both locks are held.
  std::vector<Ref<QueueUse>> uses_;
  std::atomic<bool> outdated_{false};
};

// The number of a schedule's runs that are over.
class RunCount : public RefCounted {
 public:
  void note_end() { count_.fetch_add(1, std::memory_order_release); }
  nxs_long now() const { return count_.load(std::memory_order_acquire); }

 private:
  // Aligned so that the stream's thread and the caller write to different cache lines.
  [[maybe_unused]] char padding_[64];
  std::atomic<nxs_long> count_{0};
};

class Run : public RefCounted {
 public:
  explicit Run(Ref<RunCount> over) : ended_(std::move(over)) {}

  // Reuses the object for a new run, the schedule's run number `number`. The caller must hold the
  // only reference. Returns the list of the previous run.
  Ref<CommandList> reset(const Ref<CommandList> &list, nxs_uint settings, nxs_ulong number) {
    Ref<CommandList> before;
    if (list_.get() != list.get()) before = std::exchange(list_, list);
    settings_ = settings;
    number_ = number;
    error_.reset();
    refused_ = false;
    timing_ = {};
    status_.store(NXS_EventStatus_Submitted, std::memory_order_relaxed);
    return before;
  }
  // Takes the list from a run that is over.
  Ref<CommandList> take_list() { return std::exchange(list_, {}); }

  // The list and its steps; valid until the run is over.
  CommandList &list() const { return *list_; }
  const std::vector<CommandList::Step> &steps() const { return list_->steps; }
  nxs_ulong number() const { return number_; }
  bool blocking() const { return !(settings_ & NXS_ExecutionSettings_NonBlocking); }
  bool timed() const {
    return settings_ & (NXS_ExecutionSettings_Timing | NXS_ExecutionSettings_Profiling);
  }
  bool captured() const { return settings_ & NXS_ExecutionSettings_Capture; }

  // The value that an event command signals or waits for in this run.
  nxs_int event_value(const Command &command) const {
    return command.per_run() ? static_cast<nxs_int>(number_) * command.event_value
                             : command.event_value;
  }

  // Marks as failed the events of the signal commands from step `first` on, which will not be
  // executed. Appends the queues that this unblocks.
  void fail_signals(std::size_t first, const Error &cause,
                    std::list<Ref<WorkQueue>> &unblocked) const {
    for (std::size_t i = first; i < steps().size(); ++i)
      if (const Command &command = *steps()[i].command; command.type == NXS_CommandType_Signal)
        command.event->mark_failed(cause, unblocked);
  }

  void begin() { status_.store(NXS_EventStatus_Running, std::memory_order_relaxed); }
  void complete(const Timing &timing) {
    timing_ = timing;
    publish(NXS_EventStatus_Complete);
  }
  // `status` is Error for work that failed, Canceled for work that was dropped before it began.
  void end(nxs_event_status status, const Error &error) {
    error_ = error;
    publish(status);
  }
  // The stream rejects the run: RunSchedule itself fails, and no work counts as failed.
  void refuse(const Error &error) {
    refused_ = true;
    end(NXS_EventStatus_Canceled, error);
  }

  // Owned and guarded by the stream: whether RunSchedule is still submitting the run, and the run's
  // number in the stream's queue.
  bool being_submitted = false;
  std::uint64_t queue_number = 0;

  bool over() const { return status_.load(std::memory_order_acquire) >= NXS_EventStatus_Complete; }
  // Returns when the run is over.
  void wait() const {
    for (int now; (now = status_.load(std::memory_order_acquire)) < NXS_EventStatus_Complete;)
      status_.wait(now);
  }
  // The failure of a run that is over; NULL if it succeeded or is not over yet.
  const Error *error() const { return over() && error_ ? &*error_ : nullptr; }
  bool refused() const { return over() && refused_; }
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
    // An outdated list keeps buffers alive that no command uses any more.
    const Ref<CommandList> outdated = list_->outdated() ? take_list() : Ref<CommandList>();
    ended_->note_end();
    status_.store(status, std::memory_order_release);
    status_.notify_all();
  }

  const Ref<RunCount> ended_;
  Ref<CommandList> list_;
  // The nxs_execution_settings of the schedule and of this run.
  nxs_uint settings_ = 0;
  nxs_ulong number_ = 0;
  // Written before the status says that the run is over, and read only afterwards.
  std::optional<Error> error_;
  bool refused_ = false;
  Timing timing_;
  std::atomic<int> status_{NXS_EventStatus_Submitted};
};

}  // namespace nexus::sdk
