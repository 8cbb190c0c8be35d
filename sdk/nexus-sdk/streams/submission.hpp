// A run that a deferred stream has taken.
#pragma once

#include <nexus-sdk/streams/counter_event.hpp>

#include <optional>
#include <vector>

namespace nexus::sdk {

// A place in a run's work whose end is noticed.
struct Checkpoint {
  Ref<Marker> marker;
  // Of a signal command.
  Ref<CounterEvent::Signal> signal;
  // The command that the marker times.
  Command *timed = nullptr;
  // How many of the run's waits for signals in flight come before it.
  std::size_t awaited = 0;
};

struct Submission {
  Ref<Run> run;
  // The run's, which is kept until the work is done: a run may be over before.
  Ref<CommandList> list;
  std::uint64_t number = 0;
  // The first of its steps that the device does not have yet.
  std::size_t next = 0;
  bool begun = false;
  // The device has all that it will get of it.
  bool whole = false;
  // Whether there is work behind the last checkpoint.
  bool open = false;
  // Whether begin_interval() was called for the step that is next.
  bool interval = false;
  std::vector<Checkpoint> checkpoints;
  // The first of them that is not settled.
  std::size_t unsettled = 0;
  // The signals in flight that its work was ordered after.
  std::vector<Ref<CounterEvent::Signal>> awaited;
  // Of the steps that were timed, from the first to the last.
  Timing timing;
  std::optional<Error> error;

  bool is_settled() const { return unsettled == checkpoints.size(); }

  void fail(const Error &why) {
    if (!error) error = why;
  }

  // Whether the signals that the work up to there waited for are settled. Fails the run where one
  // of them failed.
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
