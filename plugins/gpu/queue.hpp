// Streams, each of which owns a stream of the driver.
#pragma once

#include <nexus-sdk/streams/deferred_stream.hpp>

#include <optional>

#include "marker.hpp"

namespace nexus::gpu {
using namespace sdk;

class GpuDevice;

class GpuQueue final : public DeviceQueue {
 public:
  explicit GpuQueue(const GpuDevice &device);
  ~GpuQueue() override;

  void enter() override;
  void leave() noexcept override { current_.reset(); }
  void launch(const Launch &launch) override;
  std::size_t launch_compiled(CommandList &list, std::size_t first) override;
  void order_after(Marker &marker) override;
  Ref<Marker> record(MarkerUse use) override;
  void begin_interval() override;
  // The next interval must not begin with this boundary: the time until the next submission is
  // idle.
  void flush() override { boundary_ = {}; }
  Marker::State idle_state() override;
  Error idle_error() const override { return error_of(idle_result_, "the work failed"); }
  void drain() noexcept override { driver().streamSynchronize(stream_); }
  // Recording an event costs the host about half as much as a launch.
  int unmarked_runs() const override { return 32; }
  bool calls_back() const override { return false; }

  native::Stream stream() const { return stream_; }

 private:
  const GpuDevice &device_;
  native::Stream stream_ = nullptr;
  std::optional<CurrentContext> current_;
  // The last event with timing, if no work came after it. It ends one interval and begins the next,
  // since every additional event would add to the measured time.
  Ref<RecordedEvent> boundary_;
  Ref<RecordedEvent> interval_start_;
  native::Result idle_result_ = native::kSuccess;
};

class GpuStream final : public DeferredStream {
 public:
  static Ref<Stream> create(const GpuDevice &device, nxs_uint settings);

  // Use create().
  GpuStream(const Device &device, nxs_uint settings, std::unique_ptr<GpuQueue> queue,
            nxs_ulong stream)
      : DeferredStream(device, settings, std::move(queue)), stream_(stream) {}

  // NP_Value is the driver's stream, with which other libraries can order their work.
  Property property(nxs_property id) override {
    return id == NP_Value ? integer(stream_) : DeferredStream::property(id);
  }

 private:
  const nxs_ulong stream_;
};

}  // namespace nexus::gpu
