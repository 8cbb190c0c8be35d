// One GPU, without what only its vendor's devices have.
#pragma once

#include <nexus-sdk/objects/device.hpp>
#include <nexus-sdk/objects/launch.hpp>

#include <mutex>

#include "driver/driver.hpp"
#include "images/image.hpp"
#include "marker.hpp"

namespace nexus::gpu {
using namespace sdk;

class GpuDevice : public Device {
 public:
  explicit GpuDevice(native::Device device);
  ~GpuDevice() override;

  Property property(nxs_property id) const override;
  Ref<Buffer> create_buffer(const Buffer::Request &request) override;
  Ref<Library> create_library(std::span<const std::byte> image) override;
  Ref<Library> create_library_from_file(const std::string &path) override;
  Ref<Stream> create_stream(nxs_uint settings) override;

  // Checks and, if need be, compiles an image. The driver is given no size, so it is checked that
  // nothing in the image refers beyond its end. `path` is the file that the bytes were read from,
  // or empty.
  virtual Image read_image(std::span<const std::byte> bytes, const std::string &path) const = 0;
  // The type of a multiprocessor in records.
  virtual const char *core_type() const = 0;
  // The largest number of items of a launch in each dimension.
  virtual nxs_ulong max_items_per_dimension() const { return LaunchLimits::kNone; }

  // An attribute of the device; 0 if this driver does not know it.
  nxs_long attribute(native::Attribute which) const;
  // The shared memory that a group may use at most.
  nxs_long max_shared_memory() const;

  // The device's primary context, shared with all other users of the vendor's runtime in this
  // process.
  // The first call retains it.
  native::Context context() const;

  // Submits work to the device's transfer stream and returns when it is done.
  template <class Enqueue>
  void transfer(const Enqueue &enqueue) const {
    const CurrentContext current(context());
    enqueue(transfers_);
    check(driver().streamSynchronize(transfers_), "moving data");
  }

  // The stream that the device's copies run on. A program that passes memory in can make it wait
  // until the contents are ready.
  nxs_ulong transfer_stream() const;

  // The time between two events with timing, on the host's clock. Both must have occurred.
  Timing time_between(const Ref<RecordedEvent> &start, const Ref<RecordedEvent> &end) const;

  native::Device handle() const { return device_; }

  // The PCI address.
  const std::string bus_id;

  mutable EventPool events{native::kEventDisableTiming};
  mutable EventPool timing_events{native::kEventDefault};

 private:
  struct Origin {
    Ref<RecordedEvent> event;
    nxs_long time;
  };

  const native::Device device_;
  mutable std::once_flag context_made_;
  mutable native::Context context_ = nullptr;
  mutable native::Stream transfers_ = nullptr;
  mutable std::mutex origin_mutex_;
  mutable Origin origin_;
};

}  // namespace nexus::gpu
