// Streams, each of which owns an in-order queue of OpenCL.
#pragma once

#include <nexus-sdk/streams/deferred_stream.hpp>

#include "marker.hpp"

namespace nexus::opencl {
using namespace sdk;

class ClQueue final : public DeviceQueue {
 public:
  explicit ClQueue(const ClDevice &device);
  ~ClQueue() override { driver().clReleaseCommandQueue(queue_); }

  void launch(const Launch &launch) override;
  std::size_t launch_compiled(CommandList &list, std::size_t first) override;
  void order_after(Marker &marker) override;
  Ref<Marker> record(MarkerUse use) override;
  void begin_interval() override;
  void flush() override { check(driver().clFlush(queue_), "starting the work"); }
  Marker::State idle_state() override;
  Error idle_error() const override { return error_of(last_->status(), "the work failed"); }
  void drain() noexcept override { driver().clFinish(queue_); }
  int unmarked_runs() const override { return 32; }
  bool calls_back() const override { return false; }

 private:
  template <class Enqueue>
  void add(const Enqueue &enqueue);
  void mark();

  const ClDevice &device_;
  const cl::Queue queue_;
  // The event of the last command; empty if there was none.
  Ref<EventObject> last_;
  // Whether an interval is open that is to be timed, and the event of its first command.
  bool timed_ = false;
  Ref<EventObject> interval_start_;
};

}  // namespace nexus::opencl
