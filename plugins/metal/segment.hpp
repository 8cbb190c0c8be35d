// Parts of runs: what one command buffer does.
#pragma once

#import <Metal/Metal.h>

#include <nexus-sdk/objects/schedule.hpp>

#include <optional>
#include <vector>

#include "marker.hpp"

namespace nexus::metal {
using namespace sdk;

class MetalEvent;
class Queue;

// A run that a stream has taken over.
struct Submission : RefCounted {
  explicit Submission(Ref<Run> run) : run(std::move(run)) {}

  void fail(const Error &why) {
    if (!error) error = why;
  }

  // The rest of the work cannot be handed over.
  void refuse(const Error &why) {
    fail(why);
    if (!refused) return;
    *refused = why;
    told = true;
  }

  const Ref<Run> run;
  // The first of its commands that Metal does not have yet.
  std::size_t next = 0;
  bool begun = false, handed_over = false;
  // Command buffers made of it, and those of them that are not done.
  int made = 0, unfinished = 0;
  // On the GPU, from the first command to the last.
  Timing timing;
  std::optional<Error> error;
  // For a non-blocking run while it is being submitted: where to say that it was refused, which is
  // the caller's to hear at once, and not a failure of the work.
  std::optional<Error> *refused = nullptr;
  bool told = false;
};

class Segment : public RefCounted {
 public:
  Segment(Ref<Queue> queue, Ref<Submission> submission, id<MTLCommandQueue> metal);
  ~Segment() override;

  // Each adds one command behind those before it.
  void launch(const Command &command);
  void wait_for(Ref<Marker> marker);
  void signal(Ref<Marker> marker);

  bool empty() const { return empty_; }
  // The command buffer, ready to be committed; the segment is kept until it is done.
  id<MTLCommandBuffer> take();
  // Takes note of what came of it.
  void finish(id<MTLCommandBuffer> buffer);
  // Lets the events know, after that; `error` is that of the run.
  void tell_events(const std::optional<Error> &error);

  const Ref<Submission> submission;
  // The command that it was made for alone, to be timed.
  Command *timed = nullptr;
  // Its end, where it signals an event.
  Ref<Marker> marker;

 private:
  void end_encoding();
  std::optional<Error> outcome(id<MTLCommandBuffer> buffer) const;

  const Ref<Queue> queue_;
  // None once it is taken.
  id<MTLCommandBuffer> buffer_;
  // Open while launches are added.
  id<MTLComputeCommandEncoder> encoder_ = nil;
  bool empty_ = true, completed_ = false;
  std::vector<Ref<Marker>> awaited_;
};

}  // namespace nexus::metal
