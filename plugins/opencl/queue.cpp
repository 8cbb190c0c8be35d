#include "queue.hpp"

#include "command_buffer.hpp"
#include "device.hpp"
#include "kernel.hpp"

namespace nexus::opencl {
namespace {

nxs_long profiled(const EventObject &event, cl::Uint which) {
  cl::Ulong time = 0;
  check(driver().clGetEventProfilingInfo(event.handle, which, sizeof time, &time, nullptr),
        "asking how long the work took");
  return static_cast<nxs_long>(time);
}

}  // namespace

cl::Int EventObject::status() const {
  cl::Int status = cl::kComplete;
  const cl::Int result =
      driver().clGetEventInfo(handle, cl::kEventStatus, sizeof status, &status, nullptr);
  return result == cl::kSuccess ? status : result;
}

void ClMarker::wait() {
  // Fails if the work failed, which state() then reports.
  driver().clWaitForEvents(1, &event->handle);
}

// The driver measures by a clock of its own, also when it was given the command, and that time is
// known by the host's clock.
Timing ClMarker::timing() const {
  if (!start_) return {};
  const nxs_long ahead = start_->queued - profiled(*start_, cl::kProfilingQueued);
  return {ahead + profiled(*start_, cl::kProfilingStart),
          ahead + profiled(*event, cl::kProfilingEnd)};
}

ClQueue::ClQueue(const ClDevice &device)
    : device_(device), queue_(device.make_queue(cl::kQueueProfiling)) {}

// Calls `enqueue`, which adds a command and sets its event.
template <class Enqueue>
void ClQueue::add(const Enqueue &enqueue) {
  const bool first = timed_ && !interval_start_;
  const nxs_long queued = first ? clock_ns() : 0;
  Ref<EventObject> event = make_ref<EventObject>(queued);
  enqueue(&event->handle);
  last_ = std::move(event);
  if (first) interval_start_ = last_;
}

void ClQueue::launch(const Launch &launch) {
  auto &kernel = static_cast<ClKernel &>(*launch.kernel);
  kernel.with_arguments(launch,
                        [&](cl::Kernel object, const std::size_t *all, const std::size_t *group) {
                          add([&](cl::Event *event) {
                            check(driver().clEnqueueNDRangeKernel(queue_, object, 3, nullptr, all,
                                                                  group, 0, nullptr, event),
                                  "launching kernel ", kernel.name);
                          });
                        });
}

std::size_t ClQueue::launch_compiled(CommandList &list, std::size_t first) {
  if (!device_.replays_fast()) return DeviceQueue::launch_compiled(list, first);
  const CommandBuffers &buffers = CommandBuffers::of(list, device_, queue_);
  std::size_t next = first;
  add([&](cl::Event *event) { next = buffers.launch(first, queue_, event); });
  return next;
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
    check(driver().clEnqueueBarrierWithWaitList(queue_, 1, &awaited.event->handle, event),
          "waiting for an event");
  });
}

void ClQueue::mark() {
  add([&](cl::Event *event) {
    check(driver().clEnqueueMarkerWithWaitList(queue_, 0, nullptr, event), "recording an event");
  });
}

Ref<Marker> ClQueue::record(MarkerUse use) {
  if (!last_ || (use.timed && !interval_start_)) mark();
  if (!use.timed) return make_ref<ClMarker>(device_, last_, Ref<EventObject>());
  timed_ = false;
  return make_ref<ClMarker>(device_, last_, std::exchange(interval_start_, {}));
}

void ClQueue::begin_interval() {
  timed_ = true;
  interval_start_ = {};
}

Marker::State ClQueue::idle_state() {
  return last_ ? ClMarker::state_of(last_->status()) : Marker::State::kDone;
}

}  // namespace nexus::opencl
