// The interface of events, which are counters that only grow.
#pragma once

#include <nexus-sdk/base/handle_table.hpp>
#include <nexus-sdk/base/property.hpp>
#include <nexus-sdk/objects/work_queue.hpp>

#include <atomic>
#include <chrono>
#include <list>

namespace nexus::sdk {

class Event : public Object {
 public:
  static constexpr Kind kKind = Kind::kEvent;
  explicit Event(nxs_event_type type) : Object(kKind), type_(type) {}

  // Raises the counter to `value` from the host.
  virtual void signal(nxs_int value) = 0;
  // Returns once the counter is at least `value`. Fails with NXS_ExecStatusErrorForEventsInWaitList
  // if it will not get there.
  virtual void wait(nxs_int value) = 0;
  // Like wait(), but limited in time. Returns whether the counter is at least `value`.
  virtual bool wait_for(nxs_int value, std::chrono::nanoseconds timeout) = 0;
  virtual nxs_int value() = 0;
  virtual std::string status() = 0;
  // Notes that work that was to signal the event has failed. Appends the queues that this unblocks.
  virtual void mark_failed(const Error &cause, std::list<Ref<WorkQueue>> &unblocked) = 0;

  // Counts the signal commands for the event that exist in schedules and pending runs.
  void add_signaler() { signalers_.fetch_add(1); }
  void remove_signaler() {
    if (signalers_.fetch_sub(1) == 1 && released_.load()) end_waits();
  }
  void handle_released() override {
    released_.store(true);
    if (signalers_.load() == 0) end_waits();
  }

  Property property(nxs_property id) {
    switch (id) {
      case NP_Type: return std::string(type_name());
      case NP_Value: return integer(value());
      case NP_Status: return status();
      default: return {};
    }
  }

 protected:
  // Whether nobody can signal the event any more.
  bool abandoned() const { return released_.load() && signalers_.load() == 0; }
  // Called once when the event has been abandoned: ends all waits.
  virtual void end_waits() = 0;

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
  std::atomic<int> signalers_{0};
  std::atomic<bool> released_{false};
};

}  // namespace nexus::sdk
