// Streams: one of the driver's each.
#pragma once

#include <nexus-sdk/streams/deferred_stream.hpp>

#include <optional>

#include "marker.hpp"

namespace nexus::cuda {
using namespace sdk;

class CudaDevice;

class CudaQueue final : public DeviceQueue {
 public:
  explicit CudaQueue(const CudaDevice &device);
  ~CudaQueue() override;

  void enter() override;
  void leave() noexcept override { current_.reset(); }
  void launch(const Launch &launch) override;
  std::size_t launch_compiled(CommandList &list, std::size_t first) override;
  void order_after(Marker &marker) override;
  Ref<Marker> record(MarkerUse use) override;
  void begin_interval() override;
  // The time until the next submission is not part of its work.
  void flush() override { boundary_ = {}; }
  Marker::State idle_state() override;
  Error idle_error() const override { return error_of(idle_result_, "the work failed"); }
  void drain() noexcept override { driver().cuStreamSynchronize(stream_); }
  // To record an event costs the host about half a launch.
  int unmarked_runs() const override { return 32; }
  bool calls_back() const override { return false; }

  cu::Stream stream() const { return stream_; }

 private:
  const CudaDevice &device_;
  cu::Stream stream_ = nullptr;
  std::optional<CurrentContext> current_;
  // The driver's last work, if it is an event with timing: the end of one interval is the beginning
  // of the next, since more events than needed would be part of what is measured.
  Ref<RecordedEvent> boundary_;
  Ref<RecordedEvent> interval_start_;
  cu::Result idle_result_ = cu::kSuccess;
};

class CudaStream final : public DeferredStream {
 public:
  static Ref<Stream> create(const CudaDevice &device, nxs_uint settings);

  // Use create().
  CudaStream(const Device &device, nxs_uint settings, std::unique_ptr<CudaQueue> queue,
             nxs_ulong stream)
      : DeferredStream(device, settings, std::move(queue)), stream_(stream) {}

  // The value is the driver's own stream, by which other libraries can order their work.
  Property property(nxs_property id) override {
    return id == NP_Value ? integer(stream_) : DeferredStream::property(id);
  }

 private:
  const nxs_ulong stream_;
};

}  // namespace nexus::cuda
