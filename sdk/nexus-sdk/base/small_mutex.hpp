// A mutex of one byte, for objects of which there are many.
#pragma once

#include <atomic>

namespace nexus::sdk {

// Waiting threads sleep, so it may be held for long, unlike a SpinLock.
class SmallMutex {
 public:
  void lock() noexcept {
    while (held_.exchange(true, std::memory_order_acquire))
      held_.wait(true, std::memory_order_relaxed);
  }
  void unlock() noexcept {
    held_.store(false, std::memory_order_release);
    held_.notify_one();
  }

 private:
  std::atomic<bool> held_{false};
};

}  // namespace nexus::sdk
