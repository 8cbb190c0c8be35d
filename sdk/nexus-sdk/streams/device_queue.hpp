// The interface that a backend implements for a queue of its device. The deferred stream does the
// rest.
#pragma once

#include <nexus-sdk/base/error.hpp>
#include <nexus-sdk/base/ref.hpp>
#include <nexus-sdk/objects/run.hpp>

#include <atomic>
#include <cstddef>
#include <optional>

namespace nexus::sdk {

// A point in a queue's work. Several threads may call its functions at once.
class Marker : public RefCounted {
 public:
  enum class State { kPending, kDone, kFailed };

  // The state of the work before the marker. A state other than kPending is final.
  virtual State state() = 0;
  // Waits until the state is not kPending; may return earlier.
  virtual void wait() = 0;
  // The reason why the work failed. Called only in state kFailed.
  virtual Error error() const = 0;
  // When the work ran. Called only for timed markers in state kDone.
  virtual Timing timing() const { return {}; }
};

// A marker for devices that report finished work by a callback.
class CallbackMarker : public Marker {
 public:
  // Reports that the work before the marker is done or has failed. Only the first call counts.
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
  // Written before the state is set, and read only afterwards.
  std::optional<Error> error_;
  Timing timing_;
};

// The purposes of a marker.
struct MarkerUse {
  // Its timing() is asked for: that of the work since begin_interval().
  bool timed = false;
  // Other queues may be ordered after it.
  bool ordering = false;
};

// One in-order queue of a device. One thread at a time calls it. A function that cannot do its work
// throws, an Error or anything else. The queue is destroyed once its stream has been destroyed and
// its work is done, on any thread that notices it, including the one that calls back.
class DeviceQueue {
 public:
  virtual ~DeviceQueue() = default;

  // Called before and after every use by a thread, for example to make a context current. If
  // enter() throws, the device is considered lost: everything pending or in flight ends with this
  // error.
  virtual void enter() {}
  virtual void leave() noexcept {}

  // Adds a launch behind the earlier work, and returns without waiting for it.
  virtual void launch(const Launch &launch) = 0;
  // Makes the work that follows wait for a marker of another queue, possibly of another device.
  virtual void order_after(Marker &marker) = 0;
  // Adds a marker behind the work so far.
  virtual Ref<Marker> record(MarkerUse use) = 0;
  virtual void begin_interval() {}
  // Makes the device start on the work so far, if it does not do so by itself.
  virtual void flush() {}

  // Launches steps from `first` on in the form that was compiled for this list, as many as belong
  // together. Returns the index of the next step.
  virtual std::size_t launch_compiled(CommandList &list, std::size_t first) {
    launch(*list.steps[first].launch);
    return first + 1;
  }

  // Whether the device accepts no more work for now. Pending work is submitted when some work ends.
  virtual bool full() const { return false; }
  // The state of all work so far, found out without a marker; kPending if that is unknown.
  virtual Marker::State idle_state() { return Marker::State::kPending; }
  virtual Error idle_error() const { return Error(NXS_OutOfResources, "the work failed"); }
  // Returns once the work so far has ended, successfully or not. Called after failures, possibly
  // outside of enter() and leave(). A device that calls back must not wait for a callback here,
  // since callbacks may wait for this call.
  virtual void drain() noexcept = 0;

  // How many runs in a row go without a marker if nobody waits for them, where markers are
  // expensive.
  virtual int unmarked_runs() const { return 0; }
  // Whether the device reports finished work: the backend then calls advance_all({owner()}) after
  // it has completed a marker. Otherwise the device is polled.
  virtual bool calls_back() const = 0;

  // The deferred stream's queue, which owns this one. A callback must hold this reference from the
  // time when the work is submitted.
  Ref<WorkQueue> owner() const { return Ref<WorkQueue>(owner_); }
  void set_owner(WorkQueue *owner) { owner_ = owner; }

 private:
  WorkQueue *owner_ = nullptr;
};

}  // namespace nexus::sdk
