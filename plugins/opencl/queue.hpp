// Streams, each of which owns an in-order queue of OpenCL, and markers of their work: the events of
// its commands.
#pragma once

#include <nexus-sdk/streams/deferred_stream.hpp>

#include <atomic>

#include "driver.hpp"

namespace nexus::opencl {
using namespace sdk;

class ClDevice;
class ClMarker;

// A queue of OpenCL, which its markers keep too.
struct QueueObject : RefCounted {
  explicit QueueObject(const ClDevice &device);

  const ClDevice &device;
  const OwnedQueue handle;
  // The last command's marker, only to compare with: it may be freed. Null before the first.
  std::atomic<const ClMarker *> newest = nullptr;
};

// A command, by its event.
class ClMarker final : public Marker {
 public:
  // `added` is the host's time at which the command is added; needed only to time it.
  ClMarker(Ref<QueueObject> queue, nxs_long added) : queue(std::move(queue)), added_(added) {}
  ~ClMarker() override {
    if (event) driver().clReleaseEvent(event);
  }

  State state() override;
  void wait() override;
  Error error() const override { return error_of(status(), "the work failed"); }
  Timing timing() const override;
  // Makes timing() measure from the start of `first`, this command or an earlier one.
  void time_from(Ref<ClMarker> first);

  const Ref<QueueObject> queue;
  cl::Event event = nullptr;

 private:
  // 0 when the command is done, a positive number before, an error if it failed.
  cl::Int status() const;
  // A time by the driver's clock.
  nxs_long profiled(cl::Uint which) const;

  const nxs_long added_;
  bool timed_ = false;
  // Empty if it is this command.
  Ref<ClMarker> first_;
};

class ClQueue final : public DeviceQueue {
 public:
  explicit ClQueue(const ClDevice &device) : queue_(make_ref<QueueObject>(device)) {}

  void launch(const Launch &launch) override;
  void order_after(Marker &marker) override;
  Ref<Marker> record(MarkerUse use) override;
  void begin_interval() override {
    timed_ = true;
    interval_start_ = {};
  }
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

  const Ref<QueueObject> queue_;
  // The last command; empty if there was none.
  Ref<ClMarker> last_;
  // Whether an interval is open that is to be timed, and its first command.
  bool timed_ = false;
  Ref<ClMarker> interval_start_;
};

}  // namespace nexus::opencl
