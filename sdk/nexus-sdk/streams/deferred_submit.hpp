// How a deferred queue submits work to its device. Part of deferred_queue.hpp.
#pragma once

#include <nexus-sdk/streams/deferred_queue.hpp>

namespace nexus::sdk {

inline void DeferredQueue::submit(const Ref<Run> &run) {
  Submissions one(1);
  one.front().run = run;
  one.front().list = Ref<CommandList>(&run->list());
  QueueUse *const uses = run->list().uses_on(*this);
  {
    const std::lock_guard lock(mutex_);
    one.front().number = ++submitted_;
    if (uses) uses->note(submitted_);
    run->being_submitted = true;
    run->queue_number = submitted_;
    pending_.splice(pending_.end(), one);
  }
  Unblocked unblocked;
  advance(unblocked);
  advance_all(std::move(unblocked));
  const std::lock_guard lock(mutex_);
  run->being_submitted = false;
}

inline void DeferredQueue::advance(Unblocked &unblocked) {
  // Destroyed after the lock is released: they may hold the last reference to a buffer, or wait for
  // a thread.
  Submissions over;
  std::unique_ptr<DeviceQueue> ended;
  const std::lock_guard lock(mutex_);
  if (!device_) return;
  try {
    const Use use(*device_);
    submit_pending(over, unblocked);
  } catch (...) {
    give_up(current_error(), over, unblocked);
  }
  ended = take_ended();
}

inline void DeferredQueue::submit_pending(Submissions &over, Unblocked &unblocked) {
  if (calls_back_) collect(over, unblocked);
  while (!pending_.empty()) {
    Submission &front = pending_.front();
    if (!calls_back_) {
      const auto now = std::chrono::steady_clock::now();
      const bool far_apart = now - advanced_ > kFarApart;
      advanced_ = now;
      // A blocking run must report earlier failures; for other runs there is no hurry.
      if (far_apart || unmarked_ == 0 || front.run->blocking()) collect(over, unblocked);
      if (far_apart) mark_end();
    }
    begin(front, unblocked);
    if (!front.whole && !submit_steps(front, unblocked)) break;
    in_flight_.splice(in_flight_.end(), pending_, pending_.begin());
    changed_.notify_all();
  }
  // Runs that are over already are retired at once.
  if (calls_back_) collect(over, unblocked);
}

inline void DeferredQueue::begin(Submission &submission, Unblocked &unblocked) {
  if (submission.begun) return;
  submission.begun = true;
  if (failures_.drop(*submission.run, unblocked)) {
    submission.whole = true;
    return;
  }
  submission.run->begin();
}

// Returns false if the rest is deferred: a command waits for a value that nothing in flight leads
// to, or the device accepts no more work for now.
inline bool DeferredQueue::submit_steps(Submission &submission, Unblocked &unblocked) {
  try {
    while (submission.next < submission.list->steps.size())
      if (device_->full() || !submit_step(submission, unblocked)) {
        pause(submission);
        return false;
      }
    if (submission.list->steps.empty() && device_->full()) return false;
    finish_submitting(submission);
  } catch (...) {
    stop(submission, current_error(), unblocked);
    Run &run = *submission.run;
    // RunSchedule raises this failure at once, so no later run reports it.
    if (run.being_submitted && !run.blocking()) run.refuse(*submission.error);
  }
  return true;
}

inline bool DeferredQueue::submit_step(Submission &submission, Unblocked &unblocked) {
  const Run &run = *submission.run;
  const CommandList::Step &step = submission.list->steps[submission.next];
  Command &command = *step.command;
  const bool timed = run.timed() || command.timed();
  if (timed) open_interval(submission);
  if (command.type == NXS_CommandType_Wait && !submit_wait(submission, command)) return false;
  if (command.type == NXS_CommandType_Dispatch && run.captured() && !timed) {
    submission.open = true;
    submission.next = device_->launch_compiled(*submission.list, submission.next);
    return true;
  }
  if (command.type == NXS_CommandType_Dispatch) {
    submission.open = true;
    device_->launch(*step.launch);
  }
  if (command.type == NXS_CommandType_Signal)
    submit_signal(submission, command, timed, unblocked);
  else if (timed)
    add_checkpoint(submission, true, &command);
  submission.interval = false;
  ++submission.next;
  return true;
}

inline bool DeferredQueue::submit_wait(Submission &submission, Command &command) {
  auto &event = static_cast<CounterEvent &>(*command.event);
  submission.awaited.reserve(submission.awaited.size() + 1);
  const auto signal = event.order(submission.run->event_value(command), *this);
  if (!signal) return false;
  submission.open = true;
  if (!*signal) return true;
  // Work on the same queue is in order anyway.
  if ((*signal)->queue != this) device_->order_after(*(*signal)->marker);
  submission.awaited.push_back(*signal);
  return true;
}

inline void DeferredQueue::submit_signal(Submission &submission, Command &command, bool timed,
                                         Unblocked &unblocked) {
  submission.checkpoints.reserve(submission.checkpoints.size() + 1);
  Ref<CounterEvent> event(static_cast<CounterEvent *>(command.event.get()));
  Ref<Marker> marker = device_->record({.timed = timed, .ordering = true});
  auto signal =
      make_ref<CounterEvent::Signal>(event, submission.run->event_value(command), marker, *this);
  event->submit(signal, unblocked);
  submission.checkpoints.push_back({std::move(marker), std::move(signal),
                                    timed ? &command : nullptr, submission.awaited.size()});
  submission.open = false;
}

inline void DeferredQueue::open_interval(Submission &submission) {
  if (submission.interval) return;
  // Devices that time whole pieces of work need a marker at the end of the piece before.
  if (submission.open && device_->unmarked_runs() == 0) add_checkpoint(submission, false);
  device_->begin_interval();
  submission.interval = true;
}

// Adds a checkpoint behind the work so far.
inline void DeferredQueue::add_checkpoint(Submission &submission, bool timed, Command *command) {
  submission.checkpoints.reserve(submission.checkpoints.size() + 1);
  submission.checkpoints.push_back(
      {device_->record({.timed = timed}), {}, command, submission.awaited.size()});
  submission.open = false;
}

// Makes the device start on the submitted part of a run whose rest is deferred, with a checkpoint
// behind it.
inline void DeferredQueue::pause(Submission &submission) {
  if (submission.open) add_checkpoint(submission, false);
  device_->flush();
}

inline void DeferredQueue::finish_submitting(Submission &submission) {
  const Run &run = *submission.run;
  if (run.timed() && submission.list->steps.empty()) open_interval(submission);
  const bool last = !submission.open && !submission.checkpoints.empty();
  if (!last) {
    if (submission.interval || run.blocking() || ++unmarked_ >= device_->unmarked_runs())
      add_checkpoint(submission, submission.interval);
    else
      submission.open = true;
  }
  if (!submission.open) unmarked_ = 0;
  device_->flush();
  submission.whole = true;
}

// Ends the submission of a run that has failed: the rest is not submitted.
inline void DeferredQueue::stop(Submission &submission, const Error &error, Unblocked &unblocked) {
  submission.fail(error);
  submission.run->fail_signals(submission.next, *submission.error, unblocked);
  submission.whole = true;
  try {
    if (submission.open) add_checkpoint(submission, false);
    device_->flush();
  } catch (...) {
    // The device may still use what the run keeps alive.
    device_->drain();
    submission.open = false;
  }
}

// Ends all runs with an error, since the device cannot be used any more.
inline void DeferredQueue::give_up(const Error &error, Submissions &over, Unblocked &unblocked) {
  // The device may still use what the runs keep alive. One that calls back may need this lock to
  // finish its work, so it cannot be waited for.
  if (!calls_back_) device_->drain();
  in_flight_.splice(in_flight_.end(), pending_);
  for (Submission &submission : in_flight_) {
    submission.fail(error);
    for (; !submission.is_settled(); ++submission.unsettled)
      if (const auto &signal = submission.checkpoints[submission.unsettled].signal)
        signal->event->settle(*signal, submission.error, unblocked);
    if (!submission.run->over() && !submission.whole) {
      submission.run->fail_signals(submission.next, error, unblocked);
      if (submission.run->being_submitted && !submission.run->blocking())
        submission.run->refuse(error);
    }
    finish(submission);
  }
  over.splice(over.end(), in_flight_);
  unmarked_ = 0;
  changed_.notify_all();
}

}  // namespace nexus::sdk
