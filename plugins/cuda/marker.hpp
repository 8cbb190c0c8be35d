// Points in a stream's work, by which one asks whether the work before them is done, makes other
// streams wait for it, or measures time. The driver calls them events.
#pragma once

#include <nexus-sdk/abi/ref.hpp>
#include <nexus-sdk/abi/spin_lock.hpp>

#include <mutex>
#include <vector>

#include "driver.hpp"

namespace nexus::cuda {
using namespace sdk;

class MarkerPool;

class Marker : public RefCounted {
 public:
  explicit Marker(MarkerPool &pool);
  ~Marker() override;

  // kSuccess, kNotReady, or why the work before it failed.
  cu::Result query() const { return driver().cuEventQuery(event); }

  const cu::Event event;

 private:
  MarkerPool &pool_;
};

// The markers of a device, kept for their next use: to make one costs as much as a launch. Lives as
// long as the process.
class MarkerPool {
 public:
  explicit MarkerPool(int flags) : flags_(static_cast<unsigned>(flags)) {}

  // The device's context is current.
  Ref<Marker> record(cu::Stream stream) {
    Ref<Marker> marker = make_ref<Marker>(*this);
    check(driver().cuEventRecord(marker->event, stream), "recording an event");
    return marker;
  }

  void give_back(cu::Event event) noexcept {
    const std::lock_guard guard(lock_);
    // There is room: take() saw to it when the event was made.
    free_.push_back(event);
  }

  cu::Event take() {
    const std::lock_guard guard(lock_);
    if (free_.empty()) {
      free_.reserve(made_ + 1);
      cu::Event event;
      check(driver().cuEventCreate(&event, flags_), "creating an event");
      ++made_;
      return event;
    }
    const cu::Event event = free_.back();
    free_.pop_back();
    return event;
  }

 private:
  SpinLock lock_;
  std::vector<cu::Event> free_;
  std::size_t made_ = 0;
  const unsigned flags_;
};

inline Marker::Marker(MarkerPool &pool) : event(pool.take()), pool_(pool) {}
inline Marker::~Marker() { pool_.give_back(event); }

}  // namespace nexus::cuda
