#include "stream.hpp"

#include <nexus-sdk/abi/guard.hpp>

#include <algorithm>
#include <chrono>

#include "device.hpp"
#include "event.hpp"
#include "graph.hpp"
#include "library.hpp"

namespace nexus::cuda {
using namespace sdk;
namespace {

// To record a marker costs the host about half a launch, and to ask the driver how far a stream is
// somewhat less. So of the runs that nobody waits for only each of so many has a marker, at which
// those before it are known to be done, and the driver is asked there, and where runs come so far
// apart that the program is not busy handing them over.
constexpr int kMostUnmarked = 32;
constexpr std::chrono::microseconds kFarApart{20};

}  // namespace

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
  std::optional<CurrentContext> current;
  try {
    current.emplace(device_.context());
  } catch (const Error &error) {
    return give_up(error, over);
  }
  while (!pending_.empty()) {
    Submission &front = pending_.front();
    const auto now = std::chrono::steady_clock::now();
    const bool far_apart = now - handed_over_ > kFarApart;
    handed_over_ = now;
    // A blocking run has to know of earlier failures; others can learn of them later.
    if (far_apart || front.run->blocking() || unmarked_ == 0)
      over.splice(over.end(), take_finished());
    if (far_apart) mark_end();
    if (begin(front) && !hand_over(front, ready)) return;
    std::list<Submission> &to = front.over ? over : in_flight_;
    to.splice(to.end(), pending_, pending_.begin());
    changed_.notify_all();
  }
}

// False where the run is over before it has begun.
bool Queue::begin(Submission &submission) {
  if (submission.begun) return true;
  Run &run = *submission.run;
  submission.over = failures_.cancel(run);
  if (submission.over) return false;
  submission.begun = true;
  run.begin();
  return true;
}

// False where a command waits for an event that nothing leads to yet.
bool Queue::hand_over(Submission &submission, std::list<Ref<Queue>> &ready) {
  Run &run = *submission.run;
  try {
    if (run.timed() && !submission.span.start) submission.span.start = boundary(submission);
    while (submission.next < run.commands().size())
      if (!hand_over_command(submission, ready)) return false;
  } catch (...) {
    const nxs_status status = report_current_exception();
    submission.error.emplace(status, last_error());
  }
  try {
    submission.span.end = end_of(submission);
  } catch (...) {
    const nxs_status status = report_current_exception();
    if (!submission.error) submission.error.emplace(status, last_error());
    // What was handed over may still use what the run holds.
    driver().cuStreamSynchronize(stream_);
    submission.over = true;
  }
  tell_of_refusal(submission);
  if (submission.over) finish(submission, cu::kSuccess);
  return true;
}

void Queue::tell_of_refusal(Submission &submission) {
  if (submission.refused && submission.error) {
    *submission.refused = submission.error;
    submission.told = true;
  }
  submission.refused = nullptr;
}

// A marker with timing at the end of what was handed over.
Ref<Marker> Queue::boundary(Submission &submission) {
  if (!submission.boundary) submission.boundary = device_.timing_markers.record(stream_);
  return submission.boundary;
}

// The marker at the end of a run, or none for one that can do without.
Ref<Marker> Queue::end_of(Submission &submission) {
  const Run &run = *submission.run;
  const bool timed = run.timed() || submission.boundary;
  if (!timed && !run.blocking() && !submission.error && ++unmarked_ < kMostUnmarked) return {};
  Ref<Marker> end = timed ? boundary(submission) : device_.markers.record(stream_);
  unmarked_ = 0;
  return end;
}

bool Queue::hand_over_command(Submission &submission, std::list<Ref<Queue>> &ready) {
  Run &run = *submission.run;
  Command &command = *run.commands()[submission.next];
  const bool timed = run.timed() || (command.settings & NXS_ExecutionSettings_Timing);
  Span span;
  if (timed) span.start = boundary(submission);
  if (command.type == NXS_CommandType_Wait) {
    auto &event = static_cast<CudaEvent &>(*command.event);
    if (!event.order(stream_, command.event_value, Ref<Queue>(this))) return false;
  }
  submission.boundary = {};
  if (command.type == NXS_CommandType_Dispatch && run.captured() && !timed) {
    submission.next = Graphs::of(run.list(), device_).launch(submission.next, stream_);
    return true;
  }
  if (command.type == NXS_CommandType_Dispatch)
    static_cast<CudaKernel &>(*command.kernel).launch(command, stream_);
  if (command.type == NXS_CommandType_Signal) {
    auto &event = static_cast<CudaEvent &>(*command.event);
    ready.splice(ready.end(),
                 event.signal_at(device_.markers.record(stream_), command.event_value));
  }
  if (timed) {
    span.end = boundary(submission);
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
  // Who asks is likely to ask again.
  mark_end();
  return !pending_.empty() || !in_flight_.empty();
}

// Lets what is in flight be asked for, whatever is handed over later. It can do without.
void Queue::mark_end() {
  if (unmarked_ == 0 || in_flight_.empty()) return;
  try {
    in_flight_.back().span.end = device_.markers.record(stream_);
    unmarked_ = 0;
  } catch (const std::exception &) {
    return;
  }
}

std::list<Queue::Submission> Queue::take_finished() {
  std::list<Submission> finished;
  if (unmarked_ && !in_flight_.empty()) {
    const cu::Result result = driver().cuStreamQuery(stream_);
    if (result != cu::kNotReady) finish_until(in_flight_.end(), result, finished);
  }
  for (;;) {
    const auto marked = std::find_if(in_flight_.begin(), in_flight_.end(),
                                     [](const Submission &one) { return one.span.end; });
    if (marked == in_flight_.end()) return finished;
    const cu::Result result = marked->span.end->query();
    if (result == cu::kNotReady) return finished;
    finish_until(std::next(marked), result, finished);
  }
}

void Queue::finish_until(std::list<Submission>::iterator end, cu::Result result,
                         std::list<Submission> &finished) {
  for (auto one = in_flight_.begin(); one != end; ++one) finish(*one, result);
  finished.splice(finished.end(), in_flight_, in_flight_.begin(), end);
  if (in_flight_.empty()) unmarked_ = 0;
}

// Ends what is pending, since nothing can be handed to the driver.
void Queue::give_up(const Error &error, std::list<Submission> &over) {
  for (Submission &submission : pending_) {
    submission.error.emplace(error);
    tell_of_refusal(submission);
    finish(submission, cu::kSuccess);
  }
  over.splice(over.end(), pending_);
  changed_.notify_all();
}

void Queue::finish(Submission &submission, cu::Result result) {
  Run &run = *submission.run;
  // The caller has ended the run.
  if (submission.told) return;
  std::optional<Error> error = std::move(submission.error);
  Timing timing;
  if (result != cu::kSuccess && !error) error = error_of(result, "the work failed");
  const auto time = [&](const Span &span) { return device_.time_between(span.start, span.end); };
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
