#include "segment.hpp"

#include "error.hpp"
#include "library.hpp"
#include "stream.hpp"

namespace nexus::metal {
namespace {

nxs_long nanoseconds(CFTimeInterval seconds) { return static_cast<nxs_long>(seconds * 1e9); }

}  // namespace

Segment::Segment(Ref<Queue> queue, Ref<Submission> submission, id<MTLCommandQueue> metal)
    : submission(std::move(submission)),
      queue_(std::move(queue)),
      buffer_(made([metal commandBuffer], "command buffer")) {}

// Metal takes an encoder that was not ended for a mistake.
Segment::~Segment() { end_encoding(); }

void Segment::end_encoding() {
  [encoder_ endEncoding];
  encoder_ = nil;
}

void Segment::launch(const Command &command) {
  if (!encoder_) encoder_ = made([buffer_ computeCommandEncoder], "encoder of launches");
  static_cast<const MetalKernel &>(*command.kernel).launch(command, encoder_);
  empty_ = false;
}

void Segment::wait_for(Ref<Marker> marker) {
  end_encoding();
  awaited_.push_back(std::move(marker));
  [buffer_ encodeWaitForEvent:awaited_.back()->line value:awaited_.back()->value];
  empty_ = false;
}

void Segment::signal(Ref<Marker> end, const Command &command) {
  end_encoding();
  event = command.event;
  value = command.event_value;
  marker = std::move(end);
  [buffer_ encodeSignalEvent:marker->line value:marker->value];
  empty_ = false;
}

void Segment::commit() {
  end_encoding();
  id<MTLCommandBuffer> buffer = buffer_;
  // The handler holds the segment, so the segment no longer holds the buffer that holds the
  // handler.
  buffer_ = nil;
  const Ref<Segment> self(this);
  [buffer addCompletedHandler:^(id<MTLCommandBuffer> done) {
    @autoreleasepool {
      self->queue_->completed(*self, done);
    }
  }];
  [buffer commit];
}

std::optional<Error> Segment::error_of_work(id<MTLCommandBuffer> buffer) const {
  if ([buffer status] != MTLCommandBufferStatusCompleted)
    return error_of([buffer error], "the work failed");
  for (const auto &one : awaited_)
    if (const Error *error = one->error())
      return Error(NXS_ExecStatusErrorForEventsInWaitList,
                   concat("work that it waited for failed: ", error->what()));
  return std::nullopt;
}

void Segment::finish(id<MTLCommandBuffer> buffer) {
  const std::optional<Error> error = error_of_work(buffer);
  if (error) submission->fail(*error);
  const Timing timing{nanoseconds([buffer GPUStartTime]), nanoseconds([buffer GPUEndTime])};
  // Metal tells no times of a command buffer without work for the GPU.
  if (timing.end) {
    if (!submission->timing.start) submission->timing.start = timing.start;
    submission->timing.end = timing.end;
    if (timed && !error) timed->record(timing);
  }
}

}  // namespace nexus::metal
