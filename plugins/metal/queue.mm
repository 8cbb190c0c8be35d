#include "queue.hpp"

#include "device.hpp"
#include "error.hpp"
#include "library.hpp"

namespace nexus::metal {
namespace {

Timing timing_of(id<MTLCommandBuffer> buffer) {
  // Both times are 0 for a command buffer without work for the GPU.
  const auto nanoseconds = [](CFTimeInterval seconds) {
    return static_cast<nxs_long>(seconds * 1e9);
  };
  return {nanoseconds([buffer GPUStartTime]), nanoseconds([buffer GPUEndTime])};
}

}  // namespace

MetalQueue::MetalQueue(const MetalDevice &device)
    : queue_(made([device.handle() newCommandQueueWithMaxCommandBufferCount:kMostCommandBuffers],
                  "command queue")),
      line_(made([device.handle() newSharedEvent], "shared event")) {}

// Metal treats the release of an encoder that was not ended as an error.
MetalQueue::~MetalQueue() { end_encoding(); }

id<MTLCommandBuffer> MetalQueue::buffer() {
  if (!buffer_) buffer_ = made([queue_ commandBuffer], "command buffer");
  return buffer_;
}

void MetalQueue::end_encoding() {
  [encoder_ endEncoding];
  encoder_ = nil;
}

void MetalQueue::launch(const Launch &launch) {
  if (!encoder_) encoder_ = made([buffer() computeCommandEncoder], "encoder of launches");
  static_cast<const MetalKernel &>(*launch.kernel).launch(launch, encoder_);
}

void MetalQueue::order_after(Marker &marker) {
  const auto &awaited = static_cast<const MetalMarker &>(marker);
  end_encoding();
  [buffer() encodeWaitForEvent:awaited.line value:awaited.value];
}

Ref<Marker> MetalQueue::record(MarkerUse use) {
  const Ref<MetalMarker> marker = make_ref<MetalMarker>(line_, last_value_ + 1);
  id<MTLCommandBuffer> current = buffer();
  end_encoding();
  if (use.ordering) [current encodeSignalEvent:line_ value:marker->value];
  ++last_value_;
  commit(marker);
  return marker;
}

// Takes the marker by value, since a block captures a reference parameter as a reference.
void MetalQueue::commit(const Ref<MetalMarker> marker) {
  const Ref<WorkQueue> owner = this->owner();
  [buffer_ addCompletedHandler:^(id<MTLCommandBuffer> done) {
    @autoreleasepool {
      std::optional<Error> error;
      if ([done status] != MTLCommandBufferStatusCompleted)
        error = error_of_work([done error], "the work failed");
      // A command buffer that failed may not have signaled, and other queues wait for it. If a
      // later one of this queue signals between these two lines, its own marker restores the value.
      if (error && [marker->line signaledValue] < marker->value)
        [marker->line setSignaledValue:marker->value];
      // Before the marker is completed, after which the queue may be destroyed.
      --in_flight_;
      in_flight_.notify_all();
      marker->complete(error, timing_of(done));
      advance_all({owner});
    }
  }];
  ++in_flight_;
  [buffer_ commit];
  buffer_ = nil;
}

void MetalQueue::drain() noexcept {
  end_encoding();
  buffer_ = nil;
  for (int count; (count = in_flight_.load()) > 0;) in_flight_.wait(count);
}

}  // namespace nexus::metal
