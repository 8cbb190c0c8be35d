// One GPU.
#pragma once

#include <nexus-sdk/objects/device.hpp>

#include <mutex>

#include "driver/driver.hpp"
#include "driver/monitor.hpp"
#include "marker.hpp"

namespace nexus::cuda {
using namespace sdk;

class CudaDevice final : public Device {
 public:
  explicit CudaDevice(cu::Device device);
  ~CudaDevice() override;

  Property property(nxs_property id) const override;
  Ref<Buffer> create_buffer(const Buffer::Request &request) override;
  Ref<Library> create_library(std::span<const std::byte> image) override;
  Ref<Library> create_library_from_file(const std::string &path) override;
  Ref<Stream> create_stream(nxs_uint settings) override;

  // An attribute of the device; 0 if this driver does not know it.
  nxs_long attribute(int which) const;
  // Compute capability as 10 * major + minor, such as 90.
  int capability() const;

  // The device's primary context, shared with all other users of the CUDA runtime in this process.
  // The first call retains it.
  cu::Context context() const;

  // Submits work to the device's transfer stream and returns when it is done.
  template <class Enqueue>
  void transfer(const Enqueue &enqueue) const {
    const CurrentContext current(context());
    enqueue(transfers_);
    check(driver().cuStreamSynchronize(transfers_), "moving data");
  }

  // The stream that the device's copies run on. A program that passes memory in can make it wait
  // until the contents are ready.
  nxs_ulong transfer_stream() const;

  // The time between two events with timing, on the host's clock. Both must have occurred.
  Timing time_between(const Ref<RecordedEvent> &start, const Ref<RecordedEvent> &end) const;

  cu::Device handle() const { return device_; }

  mutable EventPool events{cu::kEventDisableTiming};
  mutable EventPool timing_events{cu::kEventDefault};

 private:
  struct Origin {
    Ref<RecordedEvent> event;
    nxs_long time;
  };

  const cu::Device device_;
  const Monitor monitor_;
  mutable std::once_flag context_made_;
  mutable cu::Context context_ = nullptr;
  mutable cu::Stream transfers_ = nullptr;
  mutable std::mutex origin_mutex_;
  mutable Origin origin_;
};

}  // namespace nexus::cuda
