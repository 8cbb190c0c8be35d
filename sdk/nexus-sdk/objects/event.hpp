// Events: counters that only grow. HostEvent is one in the host's memory, for backends whose work
// is driven by threads of the host.
#pragma once

#include <nexus-sdk/abi/handle_table.hpp>
#include <nexus-sdk/abi/property.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace nexus::sdk {

class Event : public Object {
 public:
  static constexpr Kind kKind = Kind::kEvent;
  explicit Event(nxs_event_type type) : Object(kKind), type_(type) {}

  // Raises the counter to `value` from the host's side.
  virtual void signal(nxs_int value) = 0;
  // Returns once the counter is `value` or more.
  virtual void wait(nxs_int value) = 0;
  // The same for `timeout` at the most; whether the counter got there.
  virtual bool wait_for(nxs_int value, std::chrono::nanoseconds timeout) = 0;
  virtual nxs_int value() = 0;

  Property property(nxs_property id) {
    switch (id) {
      case NP_Type: return std::string(type_name());
      case NP_Value: return integer(value());
      default: return {};
    }
  }

 private:
  const char *type_name() const {
    switch (type_) {
      case NXS_EventType_Shared: return "Shared";
      case NXS_EventType_Signal: return "Signal";
      case NXS_EventType_Fence: return "Fence";
    }
    return "unknown";
  }

  const nxs_event_type type_;
};

class HostEvent : public Event {
 public:
  using Event::Event;

  void signal(nxs_int value) override {
    const std::lock_guard lock(mutex_);
    if (value <= value_) return;
    value_ = value;
    changed_.notify_all();
  }

  void wait(nxs_int value) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return value_ >= value; });
  }

  bool wait_for(nxs_int value, std::chrono::nanoseconds timeout) override {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] { return value_ >= value; });
  }

  nxs_int value() override {
    const std::lock_guard lock(mutex_);
    return value_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  nxs_int value_ = 0;
};

}  // namespace nexus::sdk
