#include "segment.hpp"

#include "error.hpp"
#include "event.hpp"
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

void Segment::signal(Ref<Marker> end) {
  end_encoding();
  marker = std::move(end);
  [buffer_ encodeSignalEvent:marker->line value:marker->value];
  empty_ = false;
}

id<MTLCommandBuffer> Segment::take() {
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
  return buffer;
}

std::optional<Error> Segment::outcome(id<MTLCommandBuffer> buffer) const {
  if (!completed_) return error_of_work([buffer error], "the work failed");
  for (const auto &one : awaited_)
    if (const Error *error = one->error())
      return Error(NXS_ExecStatusErrorForEventsInWaitList,
                   concat("work that it waited for failed: ", error->what()));
  return std::nullopt;
}

void Segment::finish(id<MTLCommandBuffer> buffer) {
  completed_ = [buffer status] == MTLCommandBufferStatusCompleted;
  const std::optional<Error> error = outcome(buffer);
  if (error) submission->fail(*error);
  const Timing timing{nanoseconds([buffer GPUStartTime]), nanoseconds([buffer GPUEndTime])};
  // Metal tells no times of a command buffer without work for the GPU.
  if (timing.end) {
    if (!submission->timing.start) submission->timing.start = timing.start;
    submission->timing.end = timing.end;
    if (timed && !error) timed->record(timing);
  }
}

void Segment::tell_events(const std::optional<Error> &error) {
  // What it waited for came before it, but the handler of that may come later.
  if (completed_)
    for (const auto &one : awaited_) MetalEvent::passed(*one);
  if (!marker) return;
  marker->pass(error);
  MetalEvent::passed(*marker);
}

}  // namespace nexus::metal
