// Streams: queues of work on a GPU.
#pragma once

#import <Metal/Metal.h>

#include <nexus-sdk/objects/schedule.hpp>

#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "segment.hpp"

namespace nexus::metal {
using namespace sdk;

class MetalDevice;

// What a stream works on, which stays until it is done when the stream is gone. Work goes to Metal
// in command buffers; the handler that Metal calls when one is done, on a thread of its own, ends
// the runs.
class Queue : public RefCounted {
 public:
  explicit Queue(const MetalDevice &device);

  void submit(Ref<Run> run);
  bool busy();
  // A command buffer is done, or has failed.
  void completed(Segment &segment, id<MTLCommandBuffer> buffer) noexcept;

  // Hands over work that was kept back, of these queues and of those that this lets go on.
  static void resume(std::vector<Ref<Queue>> ready);

 private:
  void advance(std::vector<Ref<Queue>> &ready);
  bool hand_over_next(std::vector<Ref<Queue>> &ready);
  bool begin(Submission &submission);
  bool hand_over(const Ref<Submission> &submission, std::vector<Ref<Queue>> &ready);
  bool fill(Segment &segment);
  void commit(const Ref<Segment> &segment, std::vector<Ref<Queue>> &ready);
  void finish(Submission &submission);

  const id<MTLCommandQueue> queue_;
  // Raised by one for each signal command.
  const id<MTLSharedEvent> line_;
  std::uint64_t last_value_ = 0;
  std::mutex mutex_;
  // Not, or not wholly, with Metal; the first may have begun.
  std::deque<Ref<Submission>> pending_;
  // Command buffers.
  int in_flight_ = 0;
  Failures failures_;
};

class MetalStream final : public Stream {
 public:
  MetalStream(const MetalDevice &device, nxs_uint settings);

  void submit(Ref<Run> run) override { queue_->submit(std::move(run)); }
  bool busy() override { return queue_->busy(); }

 private:
  const Ref<Queue> queue_;
};

}  // namespace nexus::metal
