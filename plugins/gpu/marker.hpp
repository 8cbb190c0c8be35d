// Markers of a stream's work: the driver's events, which are pooled.
#pragma once

#include <nexus-sdk/base/free_list.hpp>
#include <nexus-sdk/base/ref.hpp>
#include <nexus-sdk/streams/device_queue.hpp>

#include <atomic>

#include "driver/driver.hpp"

namespace nexus::gpu {
using namespace sdk;

class GpuDevice;
class EventPool;

// A driver event that has been recorded.
class RecordedEvent : public RefCounted {
 public:
  explicit RecordedEvent(EventPool &pool);
  ~RecordedEvent() override;

  const native::Event handle;

 private:
  EventPool &pool_;
};

// A device's pool of events for reuse, since creating one costs as much as a launch. Lives as long
// as the process.
class EventPool {
 public:
  explicit EventPool(int flags) : flags_(static_cast<unsigned>(flags)) {}

  // The device's context is current.
  Ref<RecordedEvent> record(native::Stream stream) {
    Ref<RecordedEvent> event = make_ref<RecordedEvent>(*this);
    check(driver().eventRecord(event->handle, stream), "recording an event");
    return event;
  }

  void give_back(native::Event event) noexcept { free_.give_back(event); }

  native::Event take() {
    return free_.take([this] {
      native::Event event;
      check(driver().eventCreate(&event, flags_), "creating an event");
      return event;
    });
  }

 private:
  FreeList<native::Event> free_;
  const unsigned flags_;
};

inline RecordedEvent::RecordedEvent(EventPool &pool) : handle(pool.take()), pool_(pool) {}
inline RecordedEvent::~RecordedEvent() { pool_.give_back(handle); }

class GpuMarker final : public Marker {
 public:
  // `start` is the start of the interval that the marker times; empty if it times none.
  GpuMarker(const GpuDevice &device, Ref<RecordedEvent> event, Ref<RecordedEvent> start)
      : event(std::move(event)), device_(device), start_(std::move(start)) {}

  // The device's context is current.
  State state() override;
  void wait() override;
  Error error() const override { return error_of(result_.load(), "the work failed"); }
  Timing timing() const override;

  const Ref<RecordedEvent> event;

 private:
  const GpuDevice &device_;
  const Ref<RecordedEvent> start_;
  std::atomic<native::Result> result_{native::kNotReady};
};

}  // namespace nexus::gpu
