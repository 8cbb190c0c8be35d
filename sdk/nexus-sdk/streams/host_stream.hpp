// A stream whose work is done by threads of the host: for backends without queues of their own.
#pragma once

#include <nexus-sdk/base/guard.hpp>
#include <nexus-sdk/base/process.hpp>
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
  // The dispatcher outlives the stream and its work.
  HostStream(const Device &device, nxs_uint settings, Dispatcher &dispatcher)
      : Stream(device, settings), queue_(make_ref<Queue>(dispatcher)) {}
  ~HostStream() override { queue_->close(); }

  void submit(Ref<Run> run) override { queue_->submit(std::move(run)); }
  bool busy() override { return queue_->busy(); }

 private:
  // The stream's work, which outlives the stream until it is done.
  class Queue final : public WorkQueue {
   public:
    explicit Queue(Dispatcher &dispatcher) : dispatcher_(dispatcher) {}

    void submit(Ref<Run> run) {
      // With nothing before it, a blocking run is fastest on the thread that waits for it.
      if (run->blocking() && begin_performing()) {
        const std::uint64_t number = ++submitted_;
        if (waiting_.load() == 0) {
          try {
            note_uses(*run, number);
          } catch (...) {
            end_performing(number);
            throw;
          }
          perform(*run);
          return end_performing(number);
        }
        end_performing(0);
      }
      enqueue(std::move(run));
    }

    void close() {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      changed_.notify_one();
    }

    bool busy() const { return performing_.load() || waiting_.load(); }

    void wait_until_over(std::uint64_t number) override { wait_for_retirement(number); }

   private:
    struct Pending {
      // None where it could not be submitted after all.
      Ref<Run> run;
      std::uint64_t number;
    };

    void enqueue(Ref<Run> run) {
      const std::lock_guard lock(mutex_);
      if (!has_thread_) {
        start_thread([self = Ref<Queue>(this)] { self->work(); });
        has_thread_ = true;
      }
      // Before the number is taken: a blocking run that has a smaller one is performed first, and
      // one that sees this waiting takes another.
      waiting_.fetch_add(1);
      const std::uint64_t number = ++submitted_;
      try {
        pending_.push_back({run, number});
      } catch (...) {
        waiting_.fetch_sub(1);
        throw;
      }
      changed_.notify_one();
      try {
        note_uses(*run, number);
      } catch (...) {
        // Nothing to do under this number, for which some buffers wait by now.
        pending_.back().run = {};
        throw;
      }
    }

    void note_uses(const Run &run, std::uint64_t number) {
      for (Buffer *buffer : run.list().buffers) buffer->uses.add(*this, number);
    }

    // One thread at a time performs: the stream's own, or that of a blocking run.
    bool begin_performing() { return !performing_.exchange(true); }

    void end_performing(std::uint64_t number) {
      if (number) retire(number);
      performing_.store(false);
      // A run that was queued meanwhile found the stream taken, and so did the stream's thread.
      if (waiting_.load() == 0) return;
      const std::lock_guard lock(mutex_);
      changed_.notify_one();
    }

    void work() {
      std::unique_lock lock(mutex_);
      for (;;) {
        changed_.wait(lock, [&] { return pending_.empty() ? closed_ : begin_performing(); });
        if (pending_.empty()) return;
        Pending next = std::move(pending_.front());
        pending_.pop_front();
        // Only after the run has been taken up, or a blocking one could overtake it.
        waiting_.fetch_sub(1);
        lock.unlock();
        if (next.run) perform(*next.run);
        next.run = {};
        retire(next.number);
        performing_.store(false);
        lock.lock();
      }
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
    // Only touched by the thread that performs.
    Failures failures_;
    std::atomic<std::uint64_t> submitted_{0};
    std::atomic<bool> performing_{false};
    // The number of pending runs, for those who do not hold the mutex.
    std::atomic<std::size_t> waiting_{0};
    bool has_thread_ = false, closed_ = false;
  };

  const Ref<Queue> queue_;
};

}  // namespace nexus::sdk
