// One GPU.
#pragma once

#include <nexus-sdk/objects/device.hpp>

#include <mutex>
#include <vector>

#include "driver.hpp"
#include "marker.hpp"
#include "monitor.hpp"

namespace nexus::cuda {
using namespace sdk;

class Queue;

class CudaDevice final : public Device {
 public:
  explicit CudaDevice(cu::Device device);
  ~CudaDevice() override;

  Property property(nxs_property id) const override;
  Ref<Buffer> create_buffer(const Buffer::Request &request) override;
  Ref<Library> create_library(std::span<const std::byte> image) override;
  Ref<Library> create_library_from_file(const std::string &path) override;
  Ref<Event> create_event(nxs_event_type type) override;
  Ref<Stream> create_stream(nxs_uint settings) override;
  void poll() const override;

  // A number that the driver tells of the device; 0 where it does not.
  nxs_long attribute(int which) const;
  // Major and minor compute capability, such as 90.
  int capability() const;

  // The device's primary context, which it shares with all who use the CUDA runtime in this
  // process; there from the first call on.
  cu::Context context() const;

  // Hands work to a stream of the device's own and returns when it is done.
  template <class Enqueue>
  void transfer(const Enqueue &enqueue) const {
    const CurrentContext current(context());
    enqueue(transfers_);
    check(driver().cuStreamSynchronize(transfers_), "moving data");
  }

  // The driver's own stream that the device's copies run on: whoever hands over memory makes it
  // wait until the contents are there.
  nxs_ulong transfer_stream() const;

  // When the work between two markers with timing ran, on the host's clock; both are reached.
  Timing time_between(const Ref<Marker> &start, const Ref<Marker> &end) const;

  cu::Device handle() const { return device_; }

  mutable MarkerPool markers{cu::kEventDisableTiming};
  mutable MarkerPool timing_markers{cu::kEventDefault};

 private:
  struct Origin {
    Ref<Marker> marker;
    nxs_long time;
  };

  const cu::Device device_;
  const Monitor monitor_;
  mutable std::once_flag context_made_;
  mutable cu::Context context_ = nullptr;
  mutable cu::Stream transfers_ = nullptr;
  mutable std::mutex origin_mutex_;
  mutable Origin origin_;
  mutable std::mutex mutex_;
  // Of the streams that are there, and of those whose work outlives them.
  mutable std::vector<Ref<Queue>> queues_;
};

}  // namespace nexus::cuda
