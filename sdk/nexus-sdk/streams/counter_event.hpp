// The event of all backends: a counter on the host, and the signals of work in flight.
//
// If work in flight will signal the value that a stream waits for, the device orders the stream's
// work after that work's marker. Otherwise the stream's work is deferred until the host or a
// command signals the value. So a device never waits for something that may never happen: drivers
// would time out, or block the queue whose work would end the wait.
#pragma once

#include <nexus-sdk/objects/event.hpp>
#include <nexus-sdk/streams/device_queue.hpp>
#include <nexus-sdk/streams/polled_queues.hpp>

#include <algorithm>
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace nexus::sdk {

class CounterEvent final : public Event {
 public:
  // A signal command whose work is in flight. The event guards all members that are not constant.
  class Signal : public RefCounted {
   public:
    Signal(Ref<CounterEvent> event, nxs_int value, Ref<Marker> marker, const WorkQueue &queue)
        : event(std::move(event)), value(value), marker(std::move(marker)), queue(&queue) {}

    const Ref<CounterEvent> event;
    const nxs_int value;
    const Ref<Marker> marker;
    // For comparison only.
    const WorkQueue *const queue;

   private:
    friend class CounterEvent;
    bool settled_ = false;
    std::optional<Error> error_;
    // Queues with work ordered after the signal; it ends only once the signal is settled.
    std::list<Ref<WorkQueue>> followers_;
  };

  using Event::Event;

  void signal(nxs_int value) override {
    std::list<Ref<WorkQueue>> unblocked;
    {
      const std::lock_guard lock(mutex_);
      raise(value, unblocked);
    }
    advance_all(std::move(unblocked));
  }

  void wait(nxs_int value) override { wait_until(value, nullptr); }

  bool wait_for(nxs_int value, std::chrono::nanoseconds timeout) override {
    const auto now = Clock::now();
    const Clock::time_point end =
        timeout < Clock::time_point::max() - now ? now + timeout : Clock::time_point::max();
    return wait_until(value, &end);
  }

  nxs_int value() override {
    const std::lock_guard lock(mutex_);
    return value_;
  }

  std::string status() override {
    const std::lock_guard lock(mutex_);
    if (failure_) return concat("Error: ", failure_->what());
    if (!signals_.empty()) return "Running";
    return value_ > 0 ? "Complete" : "Submitted";
  }

  void mark_failed(const Error &cause, std::list<Ref<WorkQueue>> &unblocked) override {
    const std::lock_guard lock(mutex_);
    mark(cause, unblocked);
  }

  // Returns the signal in flight that the queue's further work must run after, which is empty if
  // the counter has reached the value. Returns nothing if no work leads to the value yet; the queue
  // is then advanced when some does. Fails like wait().
  std::optional<Ref<Signal>> order(nxs_int value, WorkQueue &queue) {
    const std::lock_guard lock(mutex_);
    if (reached(value)) return Ref<Signal>();
    for (const auto &signal : signals_)
      if (signal->value >= value) {
        add_once(signal->followers_, queue);
        return signal;
      }
    add_once(waiters_[value], queue);
    return std::nullopt;
  }

  // Notes that the signal's work is now in flight. Appends the queues that this unblocks.
  void submit(const Ref<Signal> &signal, std::list<Ref<WorkQueue>> &unblocked) {
    const std::lock_guard lock(mutex_);
    signals_.push_back(signal);
    take_waiters(signal->value, unblocked);
    changed_.notify_all();
  }

  // Notes that the signal's work is done or has failed. Appends the queues that this unblocks.
  void settle(Signal &signal, const std::optional<Error> &error,
              std::list<Ref<WorkQueue>> &unblocked) {
    const std::lock_guard lock(mutex_);
    signal.settled_ = true;
    signal.error_ = error;
    unblocked.splice(unblocked.end(), signal.followers_);
    std::erase_if(signals_, [&](const auto &one) { return one.get() == &signal; });
    if (error)
      mark(*error, unblocked);
    else
      raise(signal.value, unblocked);
  }

  // Whether the signal is settled. If it has failed, `error` is set to the reason.
  bool settled(const Signal &signal, std::optional<Error> &error) {
    const std::lock_guard lock(mutex_);
    if (signal.settled_) error = signal.error_;
    return signal.settled_;
  }

 protected:
  void end_waits() override {
    std::list<Ref<WorkQueue>> unblocked;
    {
      const std::lock_guard lock(mutex_);
      take_waiters(std::numeric_limits<nxs_int>::max(), unblocked);
      changed_.notify_all();
    }
    advance_all(std::move(unblocked));
  }

 private:
  using Clock = std::chrono::steady_clock;

  // A wait begins without a pause, since going to sleep and being woken takes longer than small
  // work. Polled devices are then polled at intervals that grow with the wait, so that little of it
  // comes after the work's end.
  static constexpr int kEagerTries = 100;
  static constexpr int kPausesPerWait = 8;
  static constexpr std::chrono::microseconds kFirstPause{20}, kLongestPause{1000};

  static void add_once(std::list<Ref<WorkQueue>> &queues, WorkQueue &queue) {
    if (std::none_of(queues.begin(), queues.end(),
                     [&](const auto &one) { return one.get() == &queue; }))
      queues.emplace_back(&queue);
  }

  bool reached(nxs_int value) const {
    if (value_ >= value) return true;
    if (failure_)
      fail(NXS_ExecStatusErrorForEventsInWaitList,
           "the work that was to signal the event failed: ", failure_->what());
    if (abandoned())
      fail(NXS_ExecStatusErrorForEventsInWaitList, "the event's counter is ", value_,
           " and will not reach ", value,
           ": the event has been released, and no signal command for it is left");
    return false;
  }

  void raise(nxs_int value, std::list<Ref<WorkQueue>> &unblocked) {
    if (value <= value_) return;
    value_ = value;
    failure_.reset();
    take_waiters(value, unblocked);
    changed_.notify_all();
  }

  void mark(const Error &cause, std::list<Ref<WorkQueue>> &unblocked) {
    failure_ = cause;
    take_waiters(std::numeric_limits<nxs_int>::max(), unblocked);
    changed_.notify_all();
  }

  void take_waiters(nxs_int reached, std::list<Ref<WorkQueue>> &unblocked) {
    const auto end = waiters_.upper_bound(reached);
    for (auto waiting = waiters_.begin(); waiting != end; ++waiting)
      unblocked.splice(unblocked.end(), waiting->second);
    waiters_.erase(waiters_.begin(), end);
  }

  bool wait_until(nxs_int value, const Clock::time_point *end) {
    std::unique_lock lock(mutex_);
    const auto begin = Clock::now();
    for (int tries = 0;; ++tries) {
      const bool eager = tries < kEagerTries;
      if (value_ < value && (eager || PolledQueues::instance().any())) {
        lock.unlock();
        PolledQueues::instance().poll();
        if (eager) std::this_thread::yield();
        lock.lock();
      }
      if (reached(value)) return true;
      const auto now = Clock::now();
      if (end && now >= *end) return false;
      if (!PolledQueues::instance().any()) {
        if (eager) continue;
        if (end)
          changed_.wait_until(lock, *end);
        else
          changed_.wait(lock);
      } else if (!eager || signals_.empty()) {
        const auto pause =
            std::clamp<Clock::duration>((now - begin) / kPausesPerWait, kFirstPause, kLongestPause);
        const auto next = now + pause;
        changed_.wait_until(lock, end ? std::min<Clock::time_point>(next, *end) : next);
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  nxs_int value_ = 0;
  // Why work that was to signal the event failed; cleared when the counter is raised.
  std::optional<Error> failure_;
  std::vector<Ref<Signal>> signals_;
  // Queues with deferred work, by the value that they wait for. Lists, so that unblocking a queue
  // needs no memory.
  std::map<nxs_int, std::list<Ref<WorkQueue>>> waiters_;
};

}  // namespace nexus::sdk
