// A stream of a device that has queues of its own.
//
// The backend implements a DeviceQueue: launch, record a marker, order after a marker, and little
// more. This file and those that it includes do the rest for all backends: pending, deferred and
// in-flight runs, refusals, failures, waits, events, timing, and the order of copies.
#pragma once

#include <nexus-sdk/objects/stream.hpp>
#include <nexus-sdk/streams/deferred_queue.hpp>

namespace nexus::sdk {

class DeferredStream : public Stream {
 public:
  DeferredStream(const Device &device, nxs_uint settings, std::unique_ptr<DeviceQueue> queue)
      : Stream(device, settings) {
    const bool polled = !queue->calls_back();
    queue_ = make_ref<DeferredQueue>(std::move(queue));
    if (!polled) return;
    // Removes queues that have ended before another is added.
    PolledQueues::instance().poll();
    PolledQueues::instance().add(queue_);
  }
  ~DeferredStream() override { queue_->close(); }

  void submit(const Ref<Run> &run) override { queue_->submit(run); }
  void wait(Run &run) override { queue_->wait(run); }
  bool busy() override { return queue_->busy(); }

 private:
  Ref<DeferredQueue> queue_;
};

}  // namespace nexus::sdk
