// Markers of a stream's work: the events of its commands.
#pragma once

#include <nexus-sdk/streams/device_queue.hpp>

#include "driver/driver.hpp"

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

  // 0 when the command is done, a positive number before, an error if it failed.
  cl::Int status() const;

  cl::Event handle = nullptr;
  const nxs_long queued;
};

class ClMarker final : public Marker {
 public:
  // `start` is the event of the first command that the marker times; empty if it times none.
  ClMarker(const ClDevice &device, Ref<EventObject> event, Ref<EventObject> start)
      : event(std::move(event)), device(device), start_(std::move(start)) {}

  State state() override { return state_of(event->status()); }
  void wait() override;
  Error error() const override { return error_of(event->status(), "the work failed"); }
  Timing timing() const override;

  static State state_of(cl::Int status) {
    if (status > cl::kComplete) return State::kPending;
    return status == cl::kComplete ? State::kDone : State::kFailed;
  }

  const Ref<EventObject> event;
  const ClDevice &device;

 private:
  const Ref<EventObject> start_;
};

}  // namespace nexus::opencl
