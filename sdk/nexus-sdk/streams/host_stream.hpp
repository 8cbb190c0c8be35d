// A stream whose work is executed by host threads, for backends whose devices have no queues.
#pragma once

#include <nexus-sdk/base/guard.hpp>
#include <nexus-sdk/base/process.hpp>
#include <nexus-sdk/base/spin_lock.hpp>
#include <nexus-sdk/objects/stream.hpp>
#include <nexus-sdk/streams/failures.hpp>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>

namespace nexus::sdk {

// Executes a launch and returns when it is done. Called by several threads at a time.
class Dispatcher {
 public:
  virtual void dispatch(const Launch &launch) = 0;

 protected:
  ~Dispatcher() = default;
};

class HostStream : public Stream {
 public:
  // The dispatcher must outlive the stream and its work.
  HostStream(const Device &device, nxs_uint settings, Dispatcher &dispatcher)
      : Stream(device, settings), queue_(make_ref<Queue>(dispatcher)) {}
  ~HostStream() override { queue_->close(); }

  void submit(const Ref<Run> &run) override { queue_->submit(run); }
  bool launch_here(CommandList &list, const Launch &launch,
                   std::optional<Error> &failure) override {
    return queue_->launch_here(list, launch, failure);
  }
  bool busy() override { return queue_->busy(); }

 private:
  // The stream's queue. Outlives the stream until its work is done.
  class Queue final : public WorkQueue {
   public:
    explicit Queue(Dispatcher &dispatcher) : dispatcher_(dispatcher) {}

    void submit(const Ref<Run> &run) {
      QueueUse *const uses = run->list().uses_on(*this);
      if (!run->blocking()) return enqueue(run, uses);
      // A blocking run is fastest on the thread that waits for it, as are the runs before it that
      // the stream's thread has not begun.
      if (const std::uint64_t number = begin_alone()) {
        if (uses) uses->note(number);
        perform(*run);
        retire(number);
        return end_performing();
      }
      enqueue(run, uses);
      while (!run->over() && perform_next()) continue;
    }

    // What submit() does on an idle stream, without a run.
    bool launch_here(CommandList &list, const Launch &launch, std::optional<Error> &failure) {
      QueueUse *const uses = list.only_uses_on(*this);
      const std::uint64_t number = begin_alone();
      if (!number) return false;
      if (uses) uses->note_alone(number);
      failure = failures_.take();
      if (!failure) {
        try {
          dispatcher_.dispatch(launch);
        } catch (...) {
          failure = current_error();
        }
      }
      retire(number);
      end_performing();
      return true;
    }

    void close() {
      const std::lock_guard lock(mutex_);
      note_closed();
      changed_.notify_one();
    }

    bool busy() const { return state_.load() & (kPerforming | kPending); }

    void wait_until_over(std::uint64_t number) override {
      while (!over(number) && perform_next()) continue;
      wait_for_retirement(number);
    }

   private:
    struct Pending {
      Ref<Run> run;
      std::uint64_t number;
    };

    // The bits of `state_`: whether a thread executes a run, whether runs are pending, and the
    // number of the last run that was submitted. One word, so that they change together.
    static constexpr std::uint64_t kPerforming = 1, kPending = 2, kNumber = 4;
    // For how long the stream's thread looks for the next run before it sleeps: longer than it
    // takes to wake it, some 30 us, so that a caller who submits again soon need not.
    static constexpr nxs_long kSpinNs = 50'000;

    // Claims an idle stream for a new run and returns the run's number; returns 0 if the stream is
    // not idle.
    std::uint64_t begin_alone() {
      std::uint64_t state = state_.load();
      while (!(state & (kPerforming | kPending)))
        if (state_.compare_exchange_weak(state, (state + kNumber) | kPerforming))
          return state / kNumber + 1;
      return 0;
    }

    void enqueue(const Ref<Run> &run, QueueUse *uses) {
      const std::lock_guard lock(mutex_);
      if (!has_thread_) {
        start_thread([self = Ref<Queue>(this)] { self->work(); });
        has_thread_ = true;
      }
      pending_.push_back({run, 0});
      std::uint64_t state = state_.load();
      while (!state_.compare_exchange_weak(state, (state + kNumber) | kPending)) continue;
      pending_.back().number = state / kNumber + 1;
      if (uses) uses->note(pending_.back().number);
      if (sleeping_ && !run->blocking()) changed_.notify_one();
    }

    void end_performing() {
      // The stream's thread could not start on a run that was queued meanwhile.
      if (!(state_.fetch_sub(kPerforming) & kPending)) return;
      const std::lock_guard lock(mutex_);
      changed_.notify_one();
    }

    // Executes the first pending run on this thread, unless another thread executes one. Returns
    // whether it did.
    bool perform_next() {
      std::unique_lock lock(mutex_);
      if (!claim()) return false;
      perform_first(lock);
      lock.unlock();
      end_performing();
      return true;
    }

    // Claims the pending runs for this thread. Called with the lock.
    bool claim() { return !pending_.empty() && !(state_.fetch_or(kPerforming) & kPerforming); }

    // Executes the first pending run after a claim, without the lock, which it takes again.
    void perform_first(std::unique_lock<std::mutex> &lock) {
      Pending next = std::move(pending_.front());
      pending_.pop_front();
      if (pending_.empty()) state_.fetch_and(~kPending);
      lock.unlock();
      perform(*next.run);
      next.run = {};
      retire(next.number);
      lock.lock();
    }

    // The body of the stream's thread.
    void work() {
      for (;;) {
        look_for_runs();
        std::unique_lock lock(mutex_, std::defer_lock);
        lock_soon(lock);
        sleeping_ = true;
        changed_.wait(lock, [&] { return pending_.empty() ? closed() : claim(); });
        sleeping_ = false;
        if (pending_.empty()) return;
        perform_first(lock);
        state_.fetch_sub(kPerforming);
      }
    }

    // Whoever submits a run holds the lock for a moment, less than it takes to sleep and be woken.
    static void lock_soon(std::unique_lock<std::mutex> &lock) {
      for (int tries = 0; tries < 1000; ++tries) {
        if (lock.try_lock()) return;
        relax();
      }
      lock.lock();
    }

    // Returns when a run is pending that no thread has begun, or after a while.
    void look_for_runs() const {
      const nxs_long deadline = clock_ns() + kSpinNs;
      while ((state_.load() & (kPerforming | kPending)) != kPending && clock_ns() < deadline)
        // The system may have woken this thread on the processor of the thread that submits.
        std::this_thread::yield();
    }

    void perform(Run &run) noexcept {
      std::list<Ref<WorkQueue>> unblocked;
      if (failures_.drop(run, unblocked)) return advance_all(std::move(unblocked));
      std::size_t place = 0;
      try {
        run.begin();
        Timing timing;
        if (run.timed()) timing.start = clock_ns();
        for (const auto &step : run.steps()) {
          perform(run, step);
          ++place;
        }
        if (run.timed()) timing.end = clock_ns();
        run.complete(timing);
      } catch (...) {
        const Error error = current_error();
        run.fail_signals(place, error, unblocked);
        failures_.end(run, error);
        advance_all(std::move(unblocked));
      }
    }

    void perform(const Run &run, const CommandList::Step &step) {
      Command &command = *step.command;
      const bool timed = run.timed() || command.timed();
      Timing timing;
      if (timed) timing.start = clock_ns();
      switch (command.type) {
        case NXS_CommandType_Dispatch: dispatcher_.dispatch(*step.launch); break;
        case NXS_CommandType_Signal: command.event->signal(run.event_value(command)); break;
        case NXS_CommandType_Wait: command.event->wait(run.event_value(command)); break;
      }
      if (!timed) return;
      timing.end = clock_ns();
      command.record(timing);
    }

    Dispatcher &dispatcher_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Pending> pending_;
    // Used only by the thread that executes a run.
    Failures failures_;
    std::atomic<std::uint64_t> state_{0};
    bool has_thread_ = false;
    // Whether the stream's thread has to be woken; guarded by the lock.
    bool sleeping_ = false;
  };

  const Ref<Queue> queue_;
};

}  // namespace nexus::sdk
