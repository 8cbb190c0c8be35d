#include "stream.hpp"

#include <nexus-sdk/abi/guard.hpp>
#include <nexus-sdk/streams/host_stream.hpp>

#include "device.hpp"
#include "event.hpp"

namespace nexus::metal {
using namespace sdk;
namespace {

// A queue blocks whoever asks for one more command buffer than this, which never happens as the
// plugin keeps work back: those who are done count until Metal has called all their handlers.
constexpr int kMostCommandBuffers = 64, kMostInFlight = 32;

}  // namespace

Queue::Queue(const MetalDevice &device)
    : queue_(made([device.handle() newCommandQueueWithMaxCommandBufferCount:kMostCommandBuffers],
                  "command queue")),
      line_(made([device.handle() newSharedEvent], "shared event")) {}

void Queue::submit(Ref<Run> run) {
  std::vector<Ref<Queue>> self;
  self.emplace_back(this);
  const Ref<Submission> submission = make_ref<Submission>(std::move(run));
  std::optional<Error> refused;
  if (!submission->run->blocking()) submission->refused = &refused;
  {
    const std::lock_guard lock(mutex_);
    pending_.push_back(submission);
  }
  resume(std::move(self));
  const std::lock_guard lock(mutex_);
  submission->refused = nullptr;
  if (refused) throw *refused;
}

void Queue::resume(std::vector<Ref<Queue>> ready) {
  while (!ready.empty()) {
    const Ref<Queue> queue = std::move(ready.back());
    ready.pop_back();
    queue->advance(ready);
  }
}

// Hands over what can be, and adds to `ready` the queues that this lets go on.
void Queue::advance(std::vector<Ref<Queue>> &ready) {
  while (hand_over_next(ready)) continue;
}

// False where there is nothing to hand over, or it cannot be yet.
bool Queue::hand_over_next(std::vector<Ref<Queue>> &ready) {
  // Destroyed without the lock: what it holds may be the last reference to a buffer.
  Ref<Submission> over;
  const std::lock_guard lock(mutex_);
  if (pending_.empty()) return false;
  Ref<Submission> &front = pending_.front();
  if (begin(*front) && !hand_over(front, ready)) return false;
  over = std::move(front);
  pending_.pop_front();
  return true;
}

// False where the run is over before it has begun.
bool Queue::begin(Submission &submission) {
  if (submission.begun) return true;
  if (failures_.cancel(*submission.run)) return false;
  submission.begun = true;
  submission.run->begin();
  return true;
}

// False where a command waits for an event that nothing leads to yet, and where Metal has enough.
bool Queue::hand_over(const Ref<Submission> &submission, std::vector<Ref<Queue>> &ready) {
  const std::size_t count = submission->run->commands().size();
  try {
    // A run without commands has a command buffer too, by which it ends after those before it.
    while (!submission->error && (submission->next < count || submission->made == 0)) {
      if (in_flight_ == kMostInFlight) return false;
      const Ref<Segment> segment = make_ref<Segment>(Ref<Queue>(this), submission, queue_);
      const bool filled = fill(*segment);
      if (filled || !segment->empty()) commit(segment, ready);
      if (!filled) return false;
    }
  } catch (...) {
    const nxs_status status = report_current_exception();
    submission->refuse(Error(status, last_error()));
  }
  submission->handed_over = true;
  if (submission->unfinished == 0) finish(*submission);
  return true;
}

// Adds commands up to one that ends the command buffer. False where the next one waits for an event
// that nothing leads to yet.
bool Queue::fill(Segment &segment) {
  Submission &submission = *segment.submission;
  const Run &run = *submission.run;
  while (submission.next < run.commands().size()) {
    Command &command = *run.commands()[submission.next];
    // What Metal tells the times of is a command buffer.
    const bool timed = run.timed() || (command.settings & NXS_ExecutionSettings_Timing);
    if (timed && !segment.empty()) return true;
    switch (command.type) {
      case NXS_CommandType_Dispatch: segment.launch(command); break;
      case NXS_CommandType_Signal:
        segment.signal(
            make_ref<Marker>(line_, last_value_ + 1, command.event, command.event_value));
        ++last_value_;
        break;
      case NXS_CommandType_Wait: {
        auto &event = static_cast<MetalEvent &>(*command.event);
        std::optional<Ref<Marker>> marker = event.order(command.event_value, Ref<Queue>(this));
        if (!marker) return false;
        if (*marker) segment.wait_for(std::move(*marker));
        break;
      }
    }
    ++submission.next;
    if (timed) segment.timed = &command;
    // The host learns that an event was signaled when the command buffer is done.
    if (timed || segment.marker) return true;
  }
  return true;
}

void Queue::commit(const Ref<Segment> &segment, std::vector<Ref<Queue>> &ready) {
  id<MTLCommandBuffer> buffer = segment->take();
  if (segment->marker) MetalEvent::signal_at(segment->marker, ready);
  ++in_flight_;
  ++segment->submission->made;
  ++segment->submission->unfinished;
  [buffer commit];
}

void Queue::completed(Segment &segment, id<MTLCommandBuffer> buffer) noexcept {
  Submission &submission = *segment.submission;
  std::optional<Error> error;
  {
    const std::lock_guard lock(mutex_);
    --in_flight_;
    segment.finish(buffer);
    error = submission.error;
  }
  // Before the run ends: who waited for it expects its signals.
  segment.tell_events(error);
  {
    const std::lock_guard lock(mutex_);
    --submission.unfinished;
    if (submission.handed_over && submission.unfinished == 0) finish(submission);
  }
  std::vector<Ref<Queue>> ready;
  advance(ready);
  resume(std::move(ready));
}

void Queue::finish(Submission &submission) {
  Run &run = *submission.run;
  // The caller has ended the run.
  if (submission.told) return;
  if (submission.error) return failures_.end(run, *submission.error);
  // Work before it may have failed only after it had begun.
  if (failures_.cancel(run)) return;
  Timing timing = submission.timing;
  if (!timing.end) timing.start = timing.end = clock_ns();
  run.complete(run.timed() ? timing : Timing());
}

bool Queue::busy() {
  const std::lock_guard lock(mutex_);
  return !pending_.empty() || in_flight_ > 0;
}

MetalStream::MetalStream(const MetalDevice &device, nxs_uint settings)
    : Stream(device, settings), queue_(make_ref<Queue>(device)) {}

}  // namespace nexus::metal
