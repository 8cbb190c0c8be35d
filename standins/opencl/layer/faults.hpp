// What the layer has been asked to do at each function, and what it has seen.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace nexus::opencl_layer {

// Handled instead of a status.
constexpr int kThrow = 1000, kPrint = 1001;

// Requests for one function. Guarded by the lock of `Faults`.
struct Plan {
  long calls = 0;
  // The nth call from now on fails, and `times` - 1 after it; 0 for none.
  long nth = 0, times = 0;
  int status = 0;
};

// Bytes to answer a query with, and the size to claim.
struct Answer {
  std::vector<unsigned char> bytes;
  std::size_t claimed = 0;
};

class Faults {
 public:
  // Never destroyed, since drivers' threads may outlive static destructors.
  static Faults &instance() {
    static Faults *const faults = new Faults();
    return *faults;
  }

  // Counts a call. Returns whether it is to fail, and with what status.
  bool fails(const char *function, int &status) {
    const std::lock_guard lock(mutex_);
    Plan &plan = plans_[function];
    ++plan.calls;
    if (plan.nth == 0) return false;
    if (plan.nth > 1) return --plan.nth, false;
    status = plan.status;
    if (--plan.times == 0) plan.nth = 0;
    return true;
  }

  bool answer(const char *function, unsigned which, Answer &answer) {
    const std::lock_guard lock(mutex_);
    const auto found = answers_.find({function, which});
    if (found == answers_.end()) return false;
    answer = found->second;
    return true;
  }

  void count(const char *kind, const void *object, int change) {
    if (!object) return;
    const std::lock_guard lock(mutex_);
    long &references = live_[kind][object];
    references += change;
    if (references <= 0) live_[kind].erase(object);
    if (std::strcmp(kind, "events") == 0) {
      if (change > 0 && references == 1) begun_[object] = now();
      if (references <= 0) begun_.erase(object);
    }
  }

  // How long the event's work still takes, in nanoseconds, where queues are slow.
  long left(const void *event) {
    const std::lock_guard lock(mutex_);
    const auto found = begun_.find(event);
    if (found == begun_.end() || delay_ns_ == 0) return 0;
    const long left = found->second + delay_ns_ - now();
    return left > 0 ? left : 0;
  }

  // The same for the last event that was made.
  long left_of_all() {
    const std::lock_guard lock(mutex_);
    long last = 0;
    for (const auto &[event, begun] : begun_) last = begun > last ? begun : last;
    const long left = last + delay_ns_ - now();
    return delay_ns_ > 0 && left > 0 ? left : 0;
  }

  // The functions below are what programs call.
  void fail_call(const char *function, long nth, int status, long times) {
    const std::lock_guard lock(mutex_);
    Plan &plan = plans_[function];
    plan.nth = nth;
    plan.status = status;
    plan.times = times;
  }
  void answer_query(const char *function, unsigned which, const void *bytes, std::size_t size,
                    std::size_t claimed) {
    const std::lock_guard lock(mutex_);
    const auto *first = static_cast<const unsigned char *>(bytes);
    answers_[{function, which}] = {{first, first + size}, claimed};
  }
  void delay(long microseconds) {
    const std::lock_guard lock(mutex_);
    delay_ns_ = microseconds * 1000;
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    for (auto &[name, plan] : plans_) plan = {plan.calls, 0, 0, 0};
    answers_.clear();
    delay_ns_ = 0;
  }
  long calls(const char *function) {
    const std::lock_guard lock(mutex_);
    return plans_[function].calls;
  }
  long live(const char *kind) {
    const std::lock_guard lock(mutex_);
    return static_cast<long>(live_[kind].size());
  }

 private:
  static long now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
  }

  std::mutex mutex_;
  std::map<std::string, Plan> plans_;
  std::map<std::pair<std::string, unsigned>, Answer> answers_;
  // References to each object, by kind.
  std::map<std::string, std::map<const void *, long>> live_;
  std::map<const void *, long> begun_;
  long delay_ns_ = 0;
};

}  // namespace nexus::opencl_layer
