// What a backend supplies for each of its device's queues. The deferred stream does the rest.
#pragma once

#include <nexus-sdk/base/error.hpp>
#include <nexus-sdk/base/ref.hpp>
#include <nexus-sdk/objects/run.hpp>

#include <atomic>
#include <cstddef>
#include <optional>

namespace nexus::sdk {

// A point in a queue's work. Its functions are called by several threads at a time.
class Marker : public RefCounted {
 public:
  enum class State { kPending, kDone, kFailed };

  // Whether the work before it is done. Once it is not pending, it stays as it is.
  virtual State state() = 0;
  // Returns once it is not pending, or now and then before.
  virtual void wait() = 0;
  // Why the work failed; asked of a failed one.
  virtual Error error() const = 0;
  // Of a timed marker that is done: when the work ran.
  virtual Timing timing() const { return {}; }
};

// A marker of a device that calls back when work is done.
class CallbackMarker : public Marker {
 public:
  // The work before it is done, or has failed. Called once; further calls do nothing.
  void complete(const std::optional<Error> &error, const Timing &timing = {}) {
    if (taken_.exchange(true)) return;
    error_ = error;
    timing_ = timing;
    state_.store(error ? State::kFailed : State::kDone, std::memory_order_release);
    state_.notify_all();
  }

  State state() override { return state_.load(std::memory_order_acquire); }
  void wait() override { state_.wait(State::kPending); }
  Error error() const override { return *error_; }
  Timing timing() const override { return timing_; }

 private:
  std::atomic<bool> taken_{false};
  std::atomic<State> state_{State::kPending};
  // Written before the state, and read after.
  std::optional<Error> error_;
  Timing timing_;
};

// What a marker is for.
struct MarkerUse {
  // Its timing is that of the work since begin_interval().
  bool timed = false;
  // Other queues may be ordered after it.
  bool ordering = false;
};

// One in-order queue of a device. One thread at a time calls it. What it cannot do, it throws, as
// an Error or otherwise. It is destroyed once its stream is gone and its work done, on whichever
// thread notices that, perhaps the one that calls back.
class DeviceQueue {
 public:
  virtual ~DeviceQueue() = default;

  // Around every use by a thread, such as to make a context current. Where enter() throws, the
  // device is lost: everything that is pending ends with this error.
  virtual void enter() {}
  virtual void leave() noexcept {}

  // Each adds work behind the work before it, and returns without waiting for it.
  virtual void launch(const Launch &launch) = 0;
  // Work that follows runs after the marker, which is another queue's, perhaps another device's.
  virtual void order_after(Marker &marker) = 0;
  // A marker behind the work so far.
  virtual Ref<Marker> record(MarkerUse use) = 0;
  virtual void begin_interval() {}
  // Makes the device begin with the work so far, where it does not by itself.
  virtual void flush() {}

  // Launches the steps from `first` on that a list compiled once holds together, and returns the
  // place behind them.
  virtual std::size_t launch_compiled(CommandList &list, std::size_t first) {
    launch(*list.steps[first].launch);
    return first + 1;
  }

  // Whether the device takes no more work for now. The end of some work leads to an advance().
  virtual bool full() const { return false; }
  // Whether all work so far is done, without a marker; kPending where that is unknown.
  virtual Marker::State idle_state() { return Marker::State::kPending; }
  virtual Error idle_error() const { return Error(NXS_OutOfResources, "the work failed"); }
  // Returns once the work so far is done, however it ends.
  virtual void drain() noexcept = 0;

  // How many runs in a row need no marker, where recording one is dear and nobody waits for them.
  virtual int unmarked_runs() const { return 0; }
  // Whether the device reports finished work by itself: the backend then calls
  // advance_all({owner()}) after it has completed a marker. Otherwise the device is polled.
  virtual bool calls_back() const = 0;

  // The queue of the deferred stream, which owns this one. A callback keeps it, from when the work
  // is submitted.
  Ref<WorkQueue> owner() const { return Ref<WorkQueue>(owner_); }
  void set_owner(WorkQueue *owner) { owner_ = owner; }

 private:
  WorkQueue *owner_ = nullptr;
};

}  // namespace nexus::sdk
