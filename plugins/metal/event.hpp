// Events: counters that the host and the work of streams raise and wait for.
//
// Metal's own, MTLSharedEvent, take any value that is signaled, also a smaller one; a GPU that
// waits for one which nobody has queued runs into a time-out; and a queue that is full of waiting
// work stops whoever submits more, perhaps the one who was to signal. So the counters are the
// host's. Each stream has an MTLSharedEvent as its time line, and work that waits for a value which
// work of another stream will reach is ordered after that by the GPU. Where nothing yet leads to
// the value, the plugin keeps the work back until someone signals.
#pragma once

#include <nexus-sdk/objects/event.hpp>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include "marker.hpp"

namespace nexus::metal {
using namespace sdk;

class Queue;

class MetalEvent final : public Event {
 public:
  using Event::Event;

  void signal(nxs_int value) override;
  void wait(nxs_int value) override;
  bool wait_for(nxs_int value, std::chrono::nanoseconds timeout) override;
  nxs_int value() override;

  // What a stream's further work has to wait for until the counter has reached the value: a marker,
  // or none where it has. Nothing where nothing leads there yet: the queue is then told, by
  // Queue::resume, when something does.
  std::optional<Ref<Marker>> order(nxs_int value, const Ref<Queue> &queue);

  // The marker's command buffer is about to be Metal's. Adds whom that lets go on to `ready`.
  static void signal_at(const Ref<Marker> &marker, std::vector<Ref<Queue>> &ready);
  // The marker has been passed.
  static void passed(const Marker &marker);

 private:
  struct Waiter {
    Ref<Queue> queue;
    nxs_int value;
  };

  bool reached(nxs_int value) const;
  void take_waiters(nxs_int reached, std::vector<Ref<Queue>> &ready);

  std::mutex mutex_;
  std::condition_variable changed_;
  nxs_int value_ = 0;
  // Of commands whose work is in flight.
  std::vector<Ref<Marker>> signals_;
  std::vector<Waiter> waiters_;
  // Of the work that was last to signal, until somebody does.
  std::optional<Error> failure_;
};

}  // namespace nexus::metal
