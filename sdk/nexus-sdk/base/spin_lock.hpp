// A lock for critical sections of a few instructions: cheaper than a mutex without contention, and
// good enough with it.
#pragma once

#include <atomic>
#include <thread>

namespace nexus::sdk {

// Tells the processor that the thread waits for memory to change.
inline void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

class SpinLock {
 public:
  void lock() noexcept {
    for (int tries = 0; held_.exchange(true, std::memory_order_acquire); ++tries)
      while (held_.load(std::memory_order_relaxed))
        // The thread that holds the lock may have been preempted.
        if (++tries > 100) std::this_thread::yield();
  }
  void unlock() noexcept { held_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> held_{false};
};

}  // namespace nexus::sdk
