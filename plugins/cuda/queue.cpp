#include "queue.hpp"

#include "device.hpp"
#include "graph.hpp"
#include "library.hpp"

namespace nexus::cuda {
namespace {

Marker::State state_of(cu::Result result) {
  if (result == cu::kNotReady) return Marker::State::kPending;
  return result == cu::kSuccess ? Marker::State::kDone : Marker::State::kFailed;
}

}  // namespace

Marker::State CudaMarker::state() {
  const cu::Result result = driver().cuEventQuery(event->handle);
  result_.store(result);
  return state_of(result);
}

void CudaMarker::wait() {
  const CurrentContext current(device_.context());
  // Fails if the work failed, which state() then reports, or if the driver cannot wait now.
  driver().cuEventSynchronize(event->handle);
}

Timing CudaMarker::timing() const {
  return start_ ? device_.time_between(start_, event) : Timing();
}

CudaQueue::CudaQueue(const CudaDevice &device) : device_(device) {
  const CurrentContext current(device.context());
  check(driver().cuStreamCreate(&stream_, cu::kStreamNonBlocking), "creating a stream");
}

CudaQueue::~CudaQueue() {
  // Fails only if the context is lost, and the stream with it.
  try {
    const CurrentContext current(device_.context());
    driver().cuStreamDestroy_v2(stream_);
  } catch (const Error &) {
    return;
  }
}

void CudaQueue::enter() { current_.emplace(device_.context()); }

void CudaQueue::launch(const Launch &launch) {
  boundary_ = {};
  static_cast<CudaKernel &>(*launch.kernel).launch(launch, stream_);
}

std::size_t CudaQueue::launch_compiled(CommandList &list, std::size_t first) {
  boundary_ = {};
  return Graphs::of(list, device_).launch(first, stream_);
}

void CudaQueue::order_after(Marker &marker) {
  boundary_ = {};
  check(driver().cuStreamWaitEvent(stream_, static_cast<CudaMarker &>(marker).event->handle, 0),
        "waiting for an event");
}

Ref<Marker> CudaQueue::record(MarkerUse use) {
  if (!use.timed)
    return make_ref<CudaMarker>(device_, device_.events.record(stream_), Ref<RecordedEvent>());
  boundary_ = device_.timing_events.record(stream_);
  return make_ref<CudaMarker>(device_, boundary_, std::exchange(interval_start_, {}));
}

void CudaQueue::begin_interval() {
  if (!boundary_) boundary_ = device_.timing_events.record(stream_);
  interval_start_ = boundary_;
}

Marker::State CudaQueue::idle_state() {
  idle_result_ = driver().cuStreamQuery(stream_);
  return state_of(idle_result_);
}

Ref<Stream> CudaStream::create(const CudaDevice &device, nxs_uint settings) {
  auto queue = std::make_unique<CudaQueue>(device);
  const auto stream = reinterpret_cast<nxs_ulong>(queue->stream());
  return make_ref<CudaStream>(device, settings, std::move(queue), stream);
}

}  // namespace nexus::cuda
