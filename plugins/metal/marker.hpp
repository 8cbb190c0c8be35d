// The ends of command buffers, by which others wait for them.
#pragma once

#import <Metal/Metal.h>

#include <nexus-sdk/abi/error.hpp>
#include <nexus-sdk/abi/ref.hpp>
#include <nexus-sdk/objects/event.hpp>

#include <atomic>
#include <optional>

namespace nexus::metal {
using namespace sdk;

// A value of a stream's time line, a counter that nobody else signals and that so only grows. With
// it an event reaches a value.
class Marker : public RefCounted {
 public:
  Marker(id<MTLSharedEvent> line, std::uint64_t value, Ref<Event> event, nxs_int event_value)
      : line(line), value(value), event(std::move(event)), event_value(event_value) {}

  // The command buffer is done, or has failed.
  void pass(const std::optional<Error> &error) {
    error_ = error;
    passed_.store(true, std::memory_order_release);
    // A command buffer that failed may not have signaled, and others' GPU work waits. If a later
    // one of the stream signals just between these two, its own marker mends that.
    if ([line signaledValue] < value) [line setSignaledValue:value];
  }

  const Error *error() const {
    return passed_.load(std::memory_order_acquire) && error_ ? &*error_ : nullptr;
  }

  const id<MTLSharedEvent> line;
  const std::uint64_t value;
  const Ref<Event> event;
  const nxs_int event_value;

 private:
  // Written before it is passed, and read after.
  std::optional<Error> error_;
  std::atomic<bool> passed_{false};
};

}  // namespace nexus::metal
