// Events: counters that the host and the work of streams raise and wait for.
//
// Only dependencies that the driver can see are handed to it. A stream that waits for a value which
// work in flight will reach waits for that work's marker. Where nothing yet leads to the value, the
// plugin keeps the stream's work back until someone signals, on the host or by a command. (The
// driver could also wait for a word of memory, but does not know then who will write it, and may
// queue the writer behind the one who waits: see cuStreamWaitValue32 in NVIDIA's manual.)
#pragma once

#include <nexus-sdk/objects/event.hpp>

#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <vector>

#include "marker.hpp"

namespace nexus::cuda {
using namespace sdk;

class CudaDevice;
class Queue;

class CudaEvent final : public Event {
 public:
  CudaEvent(const CudaDevice &device, nxs_event_type type) : Event(type), device_(device) {}

  void signal(nxs_int value) override;
  void wait(nxs_int value) override;
  bool wait_for(nxs_int value, std::chrono::nanoseconds timeout) override;
  nxs_int value() override;

  // Orders the stream's further work after the counter has reached the value. False where nothing
  // leads there yet: the queue is then told, by Queue::resume, when something does.
  bool order(cu::Stream stream, nxs_int value, const Ref<Queue> &queue);

  // The counter reaches the value when the marker is. Returns whom that lets go on.
  std::list<Ref<Queue>> signal_at(Ref<Marker> marker, nxs_int value);

 private:
  using Clock = std::chrono::steady_clock;

  struct Signal {
    Ref<Marker> marker;
    nxs_int value;
  };

  bool wait_until(nxs_int value, const Clock::time_point *end);
  void update();
  std::list<Ref<Queue>> take_waiters(nxs_int reached);

  const CudaDevice &device_;
  std::mutex mutex_;
  std::condition_variable changed_;
  nxs_int value_ = 0;
  // By commands whose work is in flight.
  std::vector<Signal> signals_;
  // Queues by the value that they wait for; lists, so that to wake one takes no memory.
  std::map<nxs_int, std::list<Ref<Queue>>> waiters_;
};

}  // namespace nexus::cuda
