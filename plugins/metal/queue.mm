#include "queue.hpp"

#include "device.hpp"
#include "error.hpp"
#include "library.hpp"

namespace nexus::metal {
namespace {

Timing timing_of(id<MTLCommandBuffer> buffer) {
  // Both are 0 for a command buffer without work for the GPU.
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

// Metal reports an encoder that was not ended as a mistake.
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

// The marker by value: a block would keep a reference to a reference.
void MetalQueue::commit(const Ref<MetalMarker> marker) {
  const Ref<WorkQueue> owner = this->owner();
  [buffer_ addCompletedHandler:^(id<MTLCommandBuffer> done) {
    @autoreleasepool {
      std::optional<Error> error;
      if ([done status] != MTLCommandBufferStatusCompleted)
        error = error_of_work([done error], "the work failed");
      // A command buffer that failed may not have signaled, and others' work waits for it. If a
      // later one of this queue signals just between these two, its own marker mends that.
      if (error && [marker->line signaledValue] < marker->value)
        [marker->line setSignaledValue:marker->value];
      // Before the marker is complete, after which the queue may end.
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
