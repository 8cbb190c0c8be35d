#include "stream.hpp"

#include <nexus-sdk/guard.hpp>

#include <algorithm>

#include "device.hpp"
#include "event.hpp"
#include "graph.hpp"
#include "library.hpp"

namespace nexus::cuda {

Queue::Queue(const CudaDevice &device) : device_(device) {
  const CurrentContext current(device.context());
  check(driver().cuStreamCreate(&stream_, cu::kStreamNonBlocking), "creating a stream");
}

Queue::~Queue() {
  // Fails only where the context is lost, and the stream with it.
  try {
    const CurrentContext current(device_.context());
    driver().cuStreamDestroy_v2(stream_);
  } catch (const Error &) {
    return;
  }
}

void Queue::submit(Ref<Run> run) {
  std::list<Ref<Queue>> self{Ref<Queue>(this)};
  std::list<Submission> submitted(1);
  std::optional<Error> refused;
  if (!run->blocking()) submitted.back().refused = &refused;
  submitted.back().run = std::move(run);
  {
    const std::lock_guard lock(mutex_);
    pending_.splice(pending_.end(), submitted);
  }
  resume(std::move(self));
  const std::lock_guard lock(mutex_);
  for (Submission &submission : pending_)
    if (submission.refused == &refused) submission.refused = nullptr;
  if (refused) throw *refused;
}

void Queue::resume(std::list<Ref<Queue>> ready) {
  while (!ready.empty()) {
    const Ref<Queue> queue = std::move(ready.front());
    ready.pop_front();
    queue->advance(ready);
  }
}

// Hands over what can be, and adds to `ready` the queues that this lets go on.
void Queue::advance(std::list<Ref<Queue>> &ready) {
  // Destroyed without the lock: what they hold may be the last reference to a buffer.
  std::list<Submission> over;
  const std::lock_guard lock(mutex_);
  const CurrentContext current(device_.context());
  over = take_finished();
  while (!pending_.empty()) {
    Submission &front = pending_.front();
    if (begin(front) && !hand_over(front, ready)) return;
    std::list<Submission> &to = front.span.end ? in_flight_ : over;
    to.splice(to.end(), pending_, pending_.begin());
    changed_.notify_all();
  }
}

// False where the run is over before it has begun.
bool Queue::begin(Submission &submission) {
  if (submission.begun) return true;
  Run &run = *submission.run;
  if (failures_.cancel(run)) return false;
  submission.begun = true;
  run.begin();
  return true;
}

// False where a command waits for an event that nothing leads to yet.
bool Queue::hand_over(Submission &submission, std::list<Ref<Queue>> &ready) {
  Run &run = *submission.run;
  MarkerPool &markers = run.timed() ? device_.timing_markers : device_.markers;
  try {
    if (run.timed() && !submission.span.start) submission.span.start = markers.record(stream_);
    while (submission.next < run.commands().size())
      if (!hand_over_command(submission, ready)) return false;
  } catch (...) {
    const nxs_status status = report_current_exception();
    submission.error.emplace(status, last_error());
  }
  try {
    submission.span.end = markers.record(stream_);
  } catch (...) {
    const nxs_status status = report_current_exception();
    if (!submission.error) submission.error.emplace(status, last_error());
    // What was handed over may still use what the run holds.
    driver().cuStreamSynchronize(stream_);
  }
  if (submission.refused && submission.error) {
    *submission.refused = submission.error;
    submission.told = true;
  }
  submission.refused = nullptr;
  if (!submission.span.end) finish(submission, cu::kSuccess);
  return true;
}

bool Queue::hand_over_command(Submission &submission, std::list<Ref<Queue>> &ready) {
  Run &run = *submission.run;
  Command &command = *run.commands()[submission.next];
  const bool timed = run.timed() || (command.settings & NXS_ExecutionSettings_Timing);
  if (command.type == NXS_CommandType_Wait) {
    auto &event = static_cast<CudaEvent &>(*command.event);
    if (!event.order(stream_, command.event_value, Ref<Queue>(this))) return false;
  }
  if (command.type == NXS_CommandType_Dispatch && run.captured() && !timed) {
    submission.next = Graphs::of(run.list(), device_).launch(submission.next, stream_);
    return true;
  }
  Span span;
  if (timed) span.start = device_.timing_markers.record(stream_);
  if (command.type == NXS_CommandType_Dispatch)
    static_cast<CudaKernel &>(*command.kernel).launch(command, stream_);
  if (command.type == NXS_CommandType_Signal) {
    auto &event = static_cast<CudaEvent &>(*command.event);
    ready.splice(ready.end(),
                 event.signal_at(device_.markers.record(stream_), command.event_value));
  }
  if (timed) {
    span.end = device_.timing_markers.record(stream_);
    submission.spans.emplace_back(submission.next, std::move(span));
  }
  ++submission.next;
  return true;
}

void Queue::wait(Run &run) {
  Ref<Marker> reached;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return run.over() || (reached = marker_of(run)); });
  }
  const CurrentContext current(device_.context());
  while (!run.over()) {
    // Fails where the work failed, which the one who finishes the run tells, and where the driver
    // cannot wait at the moment.
    driver().cuEventSynchronize(reached->event);
    busy();
  }
}

bool Queue::busy() {
  std::list<Submission> finished;
  const std::lock_guard lock(mutex_);
  const CurrentContext current(device_.context());
  finished = take_finished();
  return !pending_.empty() || !in_flight_.empty();
}

std::list<Queue::Submission> Queue::take_finished() {
  std::list<Submission> finished;
  while (!in_flight_.empty()) {
    Submission &front = in_flight_.front();
    const cu::Result result = front.span.end->query();
    if (result == cu::kNotReady) break;
    finish(front, result);
    finished.splice(finished.end(), in_flight_, in_flight_.begin());
  }
  return finished;
}

void Queue::finish(Submission &submission, cu::Result result) {
  Run &run = *submission.run;
  // The caller has ended the run.
  if (submission.told) return;
  std::optional<Error> error = std::move(submission.error);
  Timing timing;
  if (result != cu::kSuccess && !error) error = error_of(result, "the work failed");
  const auto time = [&](const Span &span) {
    return Timing{device_.time_of(*span.start), device_.time_of(*span.end)};
  };
  try {
    if (!error) {
      for (const auto &[place, span] : submission.spans) run.commands()[place]->record(time(span));
      if (run.timed()) timing = time(submission.span);
    }
  } catch (const Error &problem) {
    error = problem;
  }
  if (!error) return run.complete(timing);
  failures_.end(run, *error);
}

Ref<Marker> Queue::marker_of(const Run &run) const {
  const auto found = std::find_if(in_flight_.rbegin(), in_flight_.rend(),
                                  [&](const auto &one) { return one.run.get() == &run; });
  return found == in_flight_.rend() ? Ref<Marker>() : found->span.end;
}

CudaStream::CudaStream(const CudaDevice &device, nxs_uint settings)
    : Stream(device, settings), queue_(make_ref<Queue>(device)) {}

}  // namespace nexus::cuda
