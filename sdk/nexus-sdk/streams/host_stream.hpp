// A stream whose work is done by threads of the host: for backends without queues of their own.
#pragma once

#include <nexus-sdk/abi/guard.hpp>
#include <nexus-sdk/abi/process.hpp>
#include <nexus-sdk/objects/schedule.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

namespace nexus::sdk {

// Runs one dispatch command and returns when it is done. Called by several threads at a time.
class Dispatcher {
 public:
  virtual void dispatch(const Command &command) = 0;

 protected:
  ~Dispatcher() = default;
};

inline nxs_long clock_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

class HostStream : public Stream {
 public:
  // The dispatcher outlives the stream and its work.
  HostStream(const Device &device, nxs_uint settings, Dispatcher &dispatcher)
      : Stream(device, settings), queue_(make_ref<Queue>(dispatcher)) {}
  ~HostStream() override { queue_->close(); }

  void submit(Ref<Run> run) override { queue_->submit(std::move(run)); }
  bool busy() override { return queue_->busy(); }

 private:
  // What the stream's thread works on, which stays until it is done when the stream is gone.
  class Queue : public RefCounted {
   public:
    explicit Queue(Dispatcher &dispatcher) : dispatcher_(dispatcher) {}

    void submit(Ref<Run> run) {
      // With nothing before it, a blocking run is fastest on the thread that waits for it.
      if (run->blocking() && begin_performing()) {
        if (waiting_.load() == 0) {
          perform(*run);
          return end_performing();
        }
        end_performing();
      }
      const std::lock_guard lock(mutex_);
      if (!has_thread_) {
        start_thread([self = Ref<Queue>(this)] { self->work(); });
        has_thread_ = true;
      }
      pending_.push_back(std::move(run));
      waiting_.store(pending_.size());
      changed_.notify_one();
    }

    void close() {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      changed_.notify_one();
    }

    bool busy() const { return performing_.load() || waiting_.load(); }

   private:
    // One thread at a time performs: the stream's own, or that of a blocking run.
    bool begin_performing() { return !performing_.exchange(true); }

    void end_performing() {
      performing_.store(false);
      // Whoever queued a run meanwhile found the stream taken, and so did the stream's thread.
      if (waiting_.load() == 0) return;
      const std::lock_guard lock(mutex_);
      changed_.notify_one();
    }

    void work() {
      std::unique_lock lock(mutex_);
      for (;;) {
        changed_.wait(lock, [&] { return pending_.empty() ? closed_ : begin_performing(); });
        if (pending_.empty()) return;
        Ref<Run> run = std::move(pending_.front());
        pending_.pop_front();
        // Only after the run has been taken up, or a blocking one could overtake it.
        waiting_.store(pending_.size());
        lock.unlock();
        perform(*run);
        run = {};
        performing_.store(false);
        lock.lock();
      }
    }

    void perform(Run &run) noexcept {
      if (failures_.cancel(run)) return;
      try {
        run.begin();
        Timing timing;
        if (run.timed()) timing.start = clock_ns();
        for (const auto &command : run.commands()) perform(*command, run.timed());
        if (run.timed()) timing.end = clock_ns();
        run.complete(timing);
      } catch (...) {
        const nxs_status status = report_current_exception();
        failures_.end(run, Error(status, last_error()));
      }
    }

    void perform(Command &command, bool timed) {
      timed |= (command.settings & NXS_ExecutionSettings_Timing) != 0;
      Timing timing;
      if (timed) timing.start = clock_ns();
      switch (command.type) {
        case NXS_CommandType_Dispatch: dispatcher_.dispatch(command); break;
        case NXS_CommandType_Signal: command.event->signal(command.event_value); break;
        case NXS_CommandType_Wait: command.event->wait(command.event_value); break;
      }
      if (!timed) return;
      timing.end = clock_ns();
      command.record(timing);
    }

    Dispatcher &dispatcher_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Ref<Run>> pending_;
    // Only touched by whoever performs.
    Failures failures_;
    std::atomic<bool> performing_{false};
    // How many are pending, for those who do not hold the mutex.
    std::atomic<std::size_t> waiting_{0};
    bool has_thread_ = false, closed_ = false;
  };

  const Ref<Queue> queue_;
};

}  // namespace nexus::sdk
