#include "queue.hpp"

#include "device.hpp"
#include "kernel.hpp"

namespace nexus::opencl {

QueueObject::QueueObject(const ClDevice &device)
    : device(device), handle(device.make_queue(device.context(), cl::kQueueProfiling)) {}

cl::Int ClMarker::status() const {
  cl::Int status = cl::kComplete;
  const cl::Int result =
      driver().clGetEventInfo(event, cl::kEventStatus, sizeof status, &status, nullptr);
  return result == cl::kSuccess ? status : result;
}

Marker::State ClMarker::state() {
  const cl::Int now = status();
  return now > cl::kComplete ? State::kPending : now ? State::kFailed : State::kDone;
}

// A wait fails if the work failed, which state() then reports. On Intel's driver for CPUs a thread
// that waits for a queue does the work itself, 3.5 us for a launch, and one that waits for an event
// often lets another do it, for 12. What was added behind the marker is not waited for.
void ClMarker::wait() {
  if (queue->newest == this)
    driver().clFinish(queue->handle.get());
  else
    driver().clWaitForEvents(1, &event);
}

nxs_long ClMarker::profiled(cl::Uint which) const {
  cl::Ulong time = 0;
  check(driver().clGetEventProfilingInfo(event, which, sizeof time, &time, nullptr),
        "asking how long the work took");
  return static_cast<nxs_long>(time);
}

void ClMarker::time_from(Ref<ClMarker> first) {
  timed_ = true;
  if (first.get() != this) first_ = std::move(first);
}

// The driver measures by a clock of its own, also when it was given the command, and that time is
// known by the host's clock.
Timing ClMarker::timing() const {
  if (!timed_) return {};
  const ClMarker &first = first_ ? *first_ : *this;
  const nxs_long ahead = first.added_ - first.profiled(cl::kProfilingQueued);
  return {ahead + first.profiled(cl::kProfilingStart), ahead + profiled(cl::kProfilingEnd)};
}

// Calls `enqueue`, which adds a command and sets its event.
template <class Enqueue>
void ClQueue::add(const Enqueue &enqueue) {
  const bool first = timed_ && !interval_start_;
  Ref<ClMarker> marker = make_ref<ClMarker>(queue_, first ? clock_ns() : 0);
  // Set before the command is added: a wait for an earlier one must not wait for this one too.
  queue_->newest = marker.get();
  enqueue(&marker->event);
  last_ = std::move(marker);
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
  if (&awaited.queue->device != &queue_->device) {
    while (awaited.state() == Marker::State::kPending) awaited.wait();
    return;
  }
  add([&](cl::Event *event) {
    check(driver().clEnqueueBarrierWithWaitList(handle(), 1, &awaited.event, event),
          "waiting for an event");
  });
}

Ref<Marker> ClQueue::record(MarkerUse use) {
  if (!last_ || (use.timed && !interval_start_))
    add([&](cl::Event *event) {
      check(driver().clEnqueueMarkerWithWaitList(handle(), 0, nullptr, event),
            "recording an event");
    });
  if (use.timed) {
    timed_ = false;
    last_->time_from(std::exchange(interval_start_, {}));
  }
  return last_;
}

}  // namespace nexus::opencl
