// Streams, each of which owns an in-order queue of OpenCL, and markers of their work: the events of
// its commands.
#pragma once

#include <nexus-sdk/streams/deferred_stream.hpp>

#include <atomic>

#include "driver.hpp"

namespace nexus::opencl {
using namespace sdk;

class ClDevice;

// An event of OpenCL, which is released with it.
class EventObject : public RefCounted {
 public:
  // `queued` is the host's time at which the command was added; needed only to time it.
  explicit EventObject(nxs_long queued) : queued(queued) {}
  ~EventObject() override {
    if (handle) driver().clReleaseEvent(handle);
  }

  Marker::State state() const;
  // Why the work failed. It has.
  Error error() const { return error_of(status(), "the work failed"); }
  // A time by the driver's clock.
  nxs_long profiled(cl::Uint which) const;

  cl::Event handle = nullptr;
  const nxs_long queued;

 private:
  // 0 when the command is done, a positive number before, an error if it failed.
  cl::Int status() const;
};

// A queue of OpenCL, which its markers keep too.
struct QueueObject : RefCounted {
  explicit QueueObject(cl::Queue made) : handle(made) {}

  const OwnedQueue handle;
  // The event of the last command, perhaps freed, to compare with; null if there was none.
  std::atomic<const EventObject *> newest = nullptr;
};

class ClMarker final : public Marker {
 public:
  // `start` is the event of the first command that the marker times; empty if it times none.
  ClMarker(const ClDevice &device, Ref<QueueObject> queue, Ref<EventObject> event,
           Ref<EventObject> start)
      : event(std::move(event)),
        device(device),
        queue_(std::move(queue)),
        start_(std::move(start)) {}

  State state() override { return event->state(); }
  void wait() override;
  Error error() const override { return event->error(); }
  Timing timing() const override;

  const Ref<EventObject> event;
  const ClDevice &device;

 private:
  const Ref<QueueObject> queue_;
  const Ref<EventObject> start_;
};

class ClQueue final : public DeviceQueue {
 public:
  explicit ClQueue(const ClDevice &device);

  void launch(const Launch &launch) override;
  void order_after(Marker &marker) override;
  Ref<Marker> record(MarkerUse use) override;
  void begin_interval() override;
  void flush() override { check(driver().clFlush(handle()), "starting the work"); }
  Marker::State idle_state() override { return last_ ? last_->state() : Marker::State::kDone; }
  Error idle_error() const override { return last_->error(); }
  void drain() noexcept override { driver().clFinish(handle()); }
  int unmarked_runs() const override { return 32; }
  bool calls_back() const override { return false; }

 private:
  cl::Queue handle() const { return queue_->handle.get(); }
  template <class Enqueue>
  void add(const Enqueue &enqueue);

  const ClDevice &device_;
  const Ref<QueueObject> queue_;
  // The event of the last command; empty if there was none.
  Ref<EventObject> last_;
  // Whether an interval is open that is to be timed, and the event of its first command.
  bool timed_ = false;
  Ref<EventObject> interval_start_;
};

}  // namespace nexus::opencl
