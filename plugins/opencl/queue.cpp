#include "queue.hpp"

#include "device.hpp"
#include "kernel.hpp"

namespace nexus::opencl {

cl::Int EventObject::status() const {
  cl::Int status = cl::kComplete;
  const cl::Int result =
      driver().clGetEventInfo(handle, cl::kEventStatus, sizeof status, &status, nullptr);
  return result == cl::kSuccess ? status : result;
}

Marker::State EventObject::state() const {
  const cl::Int now = status();
  if (now > cl::kComplete) return Marker::State::kPending;
  return now == cl::kComplete ? Marker::State::kDone : Marker::State::kFailed;
}

nxs_long EventObject::profiled(cl::Uint which) const {
  cl::Ulong time = 0;
  check(driver().clGetEventProfilingInfo(handle, which, sizeof time, &time, nullptr),
        "asking how long the work took");
  return static_cast<nxs_long>(time);
}

// A wait fails if the work failed, which state() then reports. On Intel's driver for CPUs a thread
// that waits for a queue does the work itself, 3.5 us for a launch, and one that waits for an event
// often lets another do it, for 12. What was added behind the marker is not waited for.
void ClMarker::wait() {
  if (queue_->newest == event.get())
    driver().clFinish(queue_->handle.get());
  else
    driver().clWaitForEvents(1, &event->handle);
}

// The driver measures by a clock of its own, also when it was given the command, and that time is
// known by the host's clock.
Timing ClMarker::timing() const {
  if (!start_) return {};
  const nxs_long ahead = start_->queued - start_->profiled(cl::kProfilingQueued);
  return {ahead + start_->profiled(cl::kProfilingStart),
          ahead + event->profiled(cl::kProfilingEnd)};
}

ClQueue::ClQueue(const ClDevice &device)
    : device_(device),
      queue_(make_ref<QueueObject>(device.make_queue(device.context(), cl::kQueueProfiling))) {}

// Calls `enqueue`, which adds a command and sets its event.
template <class Enqueue>
void ClQueue::add(const Enqueue &enqueue) {
  const bool first = timed_ && !interval_start_;
  Ref<EventObject> event = make_ref<EventObject>(first ? clock_ns() : 0);
  // Before, so that nobody waits for this command who waits for one before it.
  queue_->newest = event.get();
  enqueue(&event->handle);
  last_ = std::move(event);
  if (first) interval_start_ = last_;
}

void ClQueue::launch(const Launch &launch) {
  add([&](cl::Event *event) {
    static_cast<ClKernel &>(*launch.kernel).launch(launch, handle(), event);
  });
}

void ClQueue::order_after(Marker &marker) {
  auto &awaited = static_cast<ClMarker &>(marker);
  // An event means nothing to another device's context. The work has been submitted, so that this
  // ends.
  if (&awaited.device != &device_) {
    while (awaited.state() == Marker::State::kPending) awaited.wait();
    return;
  }
  add([&](cl::Event *event) {
    check(driver().clEnqueueBarrierWithWaitList(handle(), 1, &awaited.event->handle, event),
          "waiting for an event");
  });
}

Ref<Marker> ClQueue::record(MarkerUse use) {
  if (!last_ || (use.timed && !interval_start_))
    add([&](cl::Event *event) {
      check(driver().clEnqueueMarkerWithWaitList(handle(), 0, nullptr, event),
            "recording an event");
    });
  if (use.timed) timed_ = false;
  return make_ref<ClMarker>(device_, queue_, last_,
                            use.timed ? std::exchange(interval_start_, {}) : Ref<EventObject>());
}

void ClQueue::begin_interval() {
  timed_ = true;
  interval_start_ = {};
}

}  // namespace nexus::opencl
