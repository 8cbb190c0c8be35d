// Streams, each of which owns a Metal command queue.
#pragma once

#import <Metal/Metal.h>

#include <nexus-sdk/streams/deferred_stream.hpp>

#include <atomic>

namespace nexus::metal {
using namespace sdk;

class MetalDevice;

// A marker at the end of a command buffer.
class MetalMarker final : public CallbackMarker {
 public:
  MetalMarker(id<MTLSharedEvent> line, std::uint64_t value) : line(line), value(value) {}

  // The shared event and its value, with which other queues are ordered after the marker.
  const id<MTLSharedEvent> line;
  const std::uint64_t value;
};

// Submits work to Metal in command buffers. Metal calls a handler, on its own thread, when one is
// done.
class MetalQueue final : public DeviceQueue {
 public:
  explicit MetalQueue(const MetalDevice &device);
  ~MetalQueue() override;

  void launch(const Launch &launch) override;
  void order_after(Marker &marker) override;
  // Ends the command buffer, since Metal measures only the time of whole command buffers.
  Ref<Marker> record(MarkerUse use) override;
  bool full() const override { return in_flight_.load() >= kMostInFlight; }
  void drain() noexcept override;
  bool calls_back() const override { return true; }

 private:
  // The number of command buffers beyond which Metal blocks the calling thread, and the smaller
  // number beyond which work is deferred: finished command buffers count until their handlers have
  // returned.
  static constexpr int kMostCommandBuffers = 64, kMostInFlight = 32;

  id<MTLCommandBuffer> buffer();
  void end_encoding();
  void commit(Ref<MetalMarker> marker);

  const id<MTLCommandQueue> queue_;
  // Its value is raised by one for each marker.
  const id<MTLSharedEvent> line_;
  std::uint64_t last_value_ = 0;
  // The command buffer that work is added to; nil if nothing was added.
  id<MTLCommandBuffer> buffer_ = nil;
  // The encoder that launches are added to; nil if none is open.
  id<MTLComputeCommandEncoder> encoder_ = nil;
  std::atomic<int> in_flight_{0};
};

}  // namespace nexus::metal
