// How a deferred queue notices that work is done. Part of deferred_queue.hpp.
#pragma once

#include <nexus-sdk/streams/deferred_queue.hpp>

namespace nexus::sdk {

inline void DeferredQueue::poll() {
  Submissions over;
  std::unique_ptr<DeviceQueue> ended;
  Unblocked unblocked;
  {
    const std::lock_guard lock(mutex_);
    if (!device_) return;
    try {
      const Use use(*device_);
      collect(over, unblocked);
      // A caller that polls once usually polls again.
      mark_end();
      // A run that has failed is over now, and a device that was full may accept more work.
      if (!pending_.empty()) submit_pending(over, unblocked);
    } catch (...) {
      give_up(current_error(), over, unblocked);
    }
    ended = take_ended();
  }
  advance_all(std::move(unblocked));
}

// Settles checkpoints and retires runs that are done, in order.
inline void DeferredQueue::collect(Submissions &over, Unblocked &unblocked) {
  bool blocked = false;
  for (auto one = in_flight_.begin(); one != in_flight_.end() && !blocked;) {
    const auto next = std::next(one);
    blocked = !settle_checkpoints(*one, over, unblocked);
    // A run of which the device has nothing does not prove that the work before it is done.
    const bool proves = !one->checkpoints.empty() || one == in_flight_.begin();
    if (!blocked && !one->open && proves) blocked = !retire_before(next, std::nullopt, over);
    one = next;
  }
  if (blocked) return;
  if (!in_flight_.empty()) collect_idle(over);
  if (pending_.empty() || !pending_.front().begun || pending_.front().whole) return;
  // The deferred steps of a run that has failed are not executed.
  Submission &front = pending_.front();
  if (settle_checkpoints(front, over, unblocked) && front.error)
    stop(front, *front.error, unblocked);
}

// Returns whether all checkpoints are settled. A checkpoint that is done implies that all work
// before it is done.
inline bool DeferredQueue::settle_checkpoints(Submission &submission, Submissions &over,
                                              Unblocked &unblocked) {
  while (!submission.is_settled()) {
    Checkpoint &checkpoint = submission.checkpoints[submission.unsettled];
    const Marker::State state = checkpoint.marker->state();
    if (state == Marker::State::kPending || !submission.awaited_settled(checkpoint.awaited))
      return false;
    const auto error = state == Marker::State::kFailed
                           ? std::optional<Error>(checkpoint.marker->error())
                           : std::nullopt;
    const auto self = std::find_if(in_flight_.begin(), in_flight_.end(),
                                   [&](const auto &one) { return &one == &submission; });
    if (!retire_before(self, error, over)) return false;
    if (error) submission.fail(*error);
    settle(submission, checkpoint, unblocked);
    ++submission.unsettled;
  }
  return true;
}

inline void DeferredQueue::settle(Submission &submission, Checkpoint &checkpoint,
                                  Unblocked &unblocked) {
  Timing timing;
  try {
    if (!submission.error) timing = checkpoint.marker->timing();
  } catch (...) {
    submission.fail(current_error());
  }
  if (timing.end) {
    if (!submission.timing.start) submission.timing.start = timing.start;
    submission.timing.end = timing.end;
    if (checkpoint.timed) checkpoint.timed->record(timing);
  }
  if (const auto &signal = checkpoint.signal)
    signal->event->settle(*signal, submission.error, unblocked);
}

// Retires the runs before `end`, all of whose checkpoints are settled. Returns false if one of them
// waited for signals that are not settled yet.
inline bool DeferredQueue::retire_before(Submissions::iterator end,
                                         const std::optional<Error> &error, Submissions &over) {
  while (in_flight_.begin() != end) {
    Submission &first = in_flight_.front();
    if (!first.awaited_settled(first.awaited.size())) return false;
    if (error && first.open) first.fail(*error);
    finish(first);
    over.splice(over.end(), in_flight_, in_flight_.begin());
  }
  if (in_flight_.empty()) unmarked_ = 0;
  return true;
}

// Retires runs without a marker if the device has nothing left to do.
inline void DeferredQueue::collect_idle(Submissions &over) {
  // The device is not idle either while it works on part of a run that is still pending.
  const Marker::State state = device_->idle_state();
  if (state == Marker::State::kPending) return;
  retire_before(
      in_flight_.end(),
      state == Marker::State::kFailed ? std::optional<Error>(device_->idle_error()) : std::nullopt,
      over);
}

inline void DeferredQueue::finish(Submission &submission) {
  // On return, when the run is over: waiters may then use the buffers again.
  struct Retire {
    DeferredQueue &queue;
    const std::uint64_t number;
    ~Retire() { queue.retire(number); }
  } const retire{*this, submission.number};
  changed_.notify_all();
  if (submission.run->over()) return;
  Run &run = *submission.run;
  // Earlier work may have failed only after this run had begun.
  const std::optional<Error> earlier = failures_.take_for(run);
  if (submission.error) return failures_.end(run, earlier ? *earlier : *submission.error);
  if (earlier) return run.end(NXS_EventStatus_Canceled, *earlier);
  if (!run.timed()) return run.complete(Timing());
  Timing timing = submission.timing;
  if (!timing.end) timing.start = timing.end = clock_ns();
  run.complete(timing);
}

// Records a marker behind unmarked runs, so that their end is noticed even if nothing else is
// submitted.
inline void DeferredQueue::mark_end() {
  if (unmarked_ == 0 || in_flight_.empty()) return;
  try {
    add_checkpoint(in_flight_.back(), false);
    unmarked_ = 0;
  } catch (...) {
    // A later marker, or an idle device, reveals their end too.
    return;
  }
}

inline bool DeferredQueue::busy() {
  poll();
  const std::lock_guard lock(mutex_);
  return !pending_.empty() || !in_flight_.empty();
}

inline void DeferredQueue::close() {
  std::unique_ptr<DeviceQueue> ended;
  const std::lock_guard lock(mutex_);
  note_closed();
  ended = take_ended();
}

inline bool DeferredQueue::ended() {
  const std::lock_guard lock(mutex_);
  return !device_;
}

// Takes the device's queue if it is no longer needed, for the caller to destroy without the lock.
inline std::unique_ptr<DeviceQueue> DeferredQueue::take_ended() {
  if (!closed() || !pending_.empty() || !in_flight_.empty()) return nullptr;
  return std::move(device_);
}

// A marker behind the work with this number, or none if part of that work is still pending.
inline Ref<Marker> DeferredQueue::marker_behind(std::uint64_t number) {
  for (int tries = 0; tries < 2; ++tries) {
    for (const Submission &one : in_flight_)
      if (one.number >= number && !one.open && !one.checkpoints.empty())
        return one.checkpoints.back().marker;
    if (in_flight_.empty() || in_flight_.back().number < number) return {};
    const Use use(*device_);
    mark_end();
  }
  return {};
}

template <class Done>
void DeferredQueue::wait_until(std::uint64_t number, const Done &done) {
  for (;;) {
    Ref<Marker> marker;
    {
      std::unique_lock lock(mutex_);
      if (done()) return;
      if (device_) marker = marker_behind(number);
      if (!marker) changed_.wait_for(lock, kPause);
      if (done()) return;
    }
    if (marker) marker->wait();
    PolledQueues::instance().poll();
  }
}

inline void DeferredQueue::wait(Run &run) {
  if (calls_back_) return run.wait();
  wait_until(run.queue_number, [&] { return run.over(); });
}

inline void DeferredQueue::wait_until_over(std::uint64_t number) {
  if (calls_back_) return wait_for_retirement(number);
  wait_until(number, [&] { return over(number); });
}

}  // namespace nexus::sdk
