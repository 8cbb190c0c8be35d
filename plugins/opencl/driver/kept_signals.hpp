// Keeps the program's signal handlers while a driver runs that installs its own.
#pragma once

#include <csignal>
#include <mutex>

namespace nexus::opencl {

// While at least one exists, drivers may change signal handlers; the end of the last restores them.
// The compilers within drivers do so, and never restore them.
class KeptSignals {
 public:
  KeptSignals() {
    const std::lock_guard lock(mutex_);
    if (count_++ > 0) return;
    for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, nullptr, &saved_[signal]);
  }
  KeptSignals(const KeptSignals &) = delete;
  KeptSignals &operator=(const KeptSignals &) = delete;
  ~KeptSignals() {
    const std::lock_guard lock(mutex_);
    if (--count_ > 0) return;
    for (int signal = 1; signal < NSIG; ++signal)
      if (signal != SIGKILL && signal != SIGSTOP) sigaction(signal, &saved_[signal], nullptr);
  }

 private:
  static inline std::mutex mutex_;
  static inline int count_ = 0;
  static inline struct sigaction saved_[NSIG] = {};
};

}  // namespace nexus::opencl
