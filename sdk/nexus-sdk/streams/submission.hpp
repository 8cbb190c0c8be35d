// A run that a deferred stream has accepted.
#pragma once

#include <nexus-sdk/streams/counter_event.hpp>

#include <optional>
#include <vector>

namespace nexus::sdk {

// A point in a run's work whose completion the queue observes.
struct Checkpoint {
  Ref<Marker> marker;
  // The signal of a signal command; empty for other checkpoints.
  Ref<CounterEvent::Signal> signal;
  // The command whose time the marker measures, if any.
  Command *timed = nullptr;
  // The number of the run's waits for signals in flight that come before this point.
  std::size_t awaited = 0;
};

struct Submission {
  Ref<Run> run;
  // The run's list, kept until the work is done: the run may be over earlier.
  Ref<CommandList> list;
  std::uint64_t number = 0;
  // The first step that has not been submitted to the device.
  std::size_t next = 0;
  bool begun = false;
  // Whether everything that will be submitted to the device has been.
  bool whole = false;
  // Whether there is work after the last checkpoint.
  bool open = false;
  // Whether begin_interval() was called for step `next`.
  bool interval = false;
  std::vector<Checkpoint> checkpoints;
  // The first checkpoint that is not settled.
  std::size_t unsettled = 0;
  // The signals in flight that the work was ordered after.
  std::vector<Ref<CounterEvent::Signal>> awaited;
  // From the start of the first timed step to the end of the last.
  Timing timing;
  std::optional<Error> error;

  bool is_settled() const { return unsettled == checkpoints.size(); }

  void fail(const Error &why) {
    if (!error) error = why;
  }

  // Whether the first `count` awaited signals are settled. Fails the run if one of them failed.
  bool awaited_settled(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      std::optional<Error> failure;
      if (!awaited[i]->event->settled(*awaited[i], failure)) return false;
      if (failure)
        fail(Error(NXS_ExecStatusErrorForEventsInWaitList,
                   concat("work that it waited for failed: ", failure->what())));
    }
    return true;
  }
};

}  // namespace nexus::sdk
