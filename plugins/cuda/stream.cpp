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
  {
    const std::lock_guard lock(mutex_);
    pending_.push_back({});
    pending_.back().run = std::move(run);
  }
  std::vector<Ref<Queue>> self;
  self.emplace_back(this);
  resume(std::move(self));
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
  // Destroyed without the lock: what they hold may be the last reference to a buffer.
  std::deque<Submission> finished, canceled;
  const std::lock_guard lock(mutex_);
  const CurrentContext current(device_.context());
  finished = take_finished();
  while (!pending_.empty()) {
    Submission &front = pending_.front();
    if (!begin(front)) {
      canceled.push_back(std::move(front));
    } else {
      if (!hand_over(front, ready)) return;
      if (front.span.end)
        in_flight_.push_back(std::move(front));
      else
        canceled.push_back(std::move(front));
    }
    pending_.pop_front();
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
bool Queue::hand_over(Submission &submission, std::vector<Ref<Queue>> &ready) {
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
  } catch (const Error &error) {
    // Then the driver does nothing any more, and there is nothing to wait for.
    if (!submission.error) submission.error = error;
    finish(submission, cu::kSuccess);
  }
  return true;
}

bool Queue::hand_over_command(Submission &submission, std::vector<Ref<Queue>> &ready) {
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
    auto resumed = event.signal_at(device_.markers.record(stream_), command.event_value);
    ready.insert(ready.end(), resumed.begin(), resumed.end());
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
  if (reached) {
    const CurrentContext current(device_.context());
    // Its result is asked for once more by whoever finishes the run.
    driver().cuEventSynchronize(reached->event);
  }
  busy();
  // Another thread may be finishing it.
  run.wait();
}

bool Queue::busy() {
  std::deque<Submission> finished;
  const std::lock_guard lock(mutex_);
  const CurrentContext current(device_.context());
  finished = take_finished();
  return !pending_.empty() || !in_flight_.empty();
}

std::deque<Queue::Submission> Queue::take_finished() {
  std::deque<Submission> finished;
  while (!in_flight_.empty()) {
    Submission &front = in_flight_.front();
    const cu::Result result = front.span.end->query();
    if (result == cu::kNotReady) break;
    finish(front, result);
    finished.push_back(std::move(front));
    in_flight_.pop_front();
  }
  return finished;
}

void Queue::finish(Submission &submission, cu::Result result) {
  Run &run = *submission.run;
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
