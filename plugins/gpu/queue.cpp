#include "queue.hpp"

#include "device.hpp"
#include "graph.hpp"
#include "library.hpp"

namespace nexus::gpu {
namespace {

Marker::State state_of(native::Result result) {
  if (result == native::kNotReady) return Marker::State::kPending;
  return result == native::kSuccess ? Marker::State::kDone : Marker::State::kFailed;
}

}  // namespace

Marker::State GpuMarker::state() {
  const native::Result result = driver().eventQuery(event->handle);
  result_.store(result);
  return state_of(result);
}

void GpuMarker::wait() {
  const CurrentContext current(device_.context());
  // Fails if the work failed, which state() then reports, or if the driver cannot wait now.
  driver().eventSynchronize(event->handle);
}

Timing GpuMarker::timing() const { return start_ ? device_.time_between(start_, event) : Timing(); }

GpuQueue::GpuQueue(const GpuDevice &device) : device_(device) {
  const CurrentContext current(device.context());
  check(driver().streamCreate(&stream_, native::kStreamNonBlocking), "creating a stream");
}

GpuQueue::~GpuQueue() {
  // Fails only if the context is lost, and the stream with it.
  try {
    const CurrentContext current(device_.context());
    driver().streamDestroy(stream_);
  } catch (const Error &) {
    return;
  }
}

void GpuQueue::enter() { current_.emplace(device_.context()); }

void GpuQueue::launch(const Launch &launch) {
  boundary_ = {};
  static_cast<GpuKernel &>(*launch.kernel).launch(launch, stream_);
}

std::size_t GpuQueue::launch_compiled(CommandList &list, std::size_t first) {
  boundary_ = {};
  return Graphs::of(list, device_).launch(first, stream_);
}

void GpuQueue::order_after(Marker &marker) {
  boundary_ = {};
  check(driver().streamWaitEvent(stream_, static_cast<GpuMarker &>(marker).event->handle, 0),
        "waiting for an event");
}

Ref<Marker> GpuQueue::record(MarkerUse use) {
  if (!use.timed)
    return make_ref<GpuMarker>(device_, device_.events.record(stream_), Ref<RecordedEvent>());
  boundary_ = device_.timing_events.record(stream_);
  return make_ref<GpuMarker>(device_, boundary_, std::exchange(interval_start_, {}));
}

void GpuQueue::begin_interval() {
  if (!boundary_) boundary_ = device_.timing_events.record(stream_);
  interval_start_ = boundary_;
}

Marker::State GpuQueue::idle_state() {
  idle_result_ = driver().streamQuery(stream_);
  return state_of(idle_result_);
}

Ref<Stream> GpuStream::create(const GpuDevice &device, nxs_uint settings) {
  auto queue = std::make_unique<GpuQueue>(device);
  const auto stream = reinterpret_cast<nxs_ulong>(queue->stream());
  return make_ref<GpuStream>(device, settings, std::move(queue), stream);
}

}  // namespace nexus::gpu
