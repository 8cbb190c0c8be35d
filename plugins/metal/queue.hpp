// Streams: a command queue of Metal's each.
#pragma once

#import <Metal/Metal.h>

#include <nexus-sdk/streams/deferred_stream.hpp>

#include <atomic>

namespace nexus::metal {
using namespace sdk;

class MetalDevice;

// The end of a command buffer.
class MetalMarker final : public CallbackMarker {
 public:
  MetalMarker(id<MTLSharedEvent> line, std::uint64_t value) : line(line), value(value) {}

  // The place on the queue's time line, by which other queues are ordered after it.
  const id<MTLSharedEvent> line;
  const std::uint64_t value;
};

// Work goes to Metal in command buffers. Metal calls a handler, on a thread of its own, when one is
// done.
class MetalQueue final : public DeviceQueue {
 public:
  explicit MetalQueue(const MetalDevice &device);
  ~MetalQueue() override;

  void launch(const Launch &launch) override;
  void order_after(Marker &marker) override;
  // Ends the command buffer: Metal measures the time of a whole one.
  Ref<Marker> record(MarkerUse use) override;
  bool full() const override { return in_flight_.load() >= kMostInFlight; }
  void drain() noexcept override;
  bool calls_back() const override { return true; }

 private:
  // Metal blocks the thread that asks a queue for one more command buffer than the first number.
  // The second is smaller, since those that are done count until their handlers have been called.
  static constexpr int kMostCommandBuffers = 64, kMostInFlight = 32;

  id<MTLCommandBuffer> buffer();
  void end_encoding();
  void commit(Ref<MetalMarker> marker);

  const id<MTLCommandQueue> queue_;
  // Raised by one for each marker.
  const id<MTLSharedEvent> line_;
  std::uint64_t last_value_ = 0;
  // The command buffer that work is added to; none if nothing was added.
  id<MTLCommandBuffer> buffer_ = nil;
  // Open while launches are added.
  id<MTLComputeCommandEncoder> encoder_ = nil;
  std::atomic<int> in_flight_{0};
};

}  // namespace nexus::metal
