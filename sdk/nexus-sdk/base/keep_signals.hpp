// Restores the program's signal handlers after a library has installed its own.
#pragma once

#include <signal.h>

#include <array>
#include <cstddef>
#include <mutex>

namespace nexus::sdk {

// Lives while the library works. One thread at a time: another would take the library's handlers
// for the program's and restore those.
class KeepSignals {
 public:
  KeepSignals() : only_(mutex()) {
    for (int number = 1; number < NSIG; ++number)
      known_[index(number)] = sigaction(number, nullptr, &before_[index(number)]) == 0;
  }
  KeepSignals(const KeepSignals &) = delete;
  KeepSignals &operator=(const KeepSignals &) = delete;
  ~KeepSignals() {
    for (int number = 1; number < NSIG; ++number) {
      struct sigaction now{};
      if (!known_[index(number)] || sigaction(number, nullptr, &now) != 0) continue;
      if (now.sa_sigaction != before_[index(number)].sa_sigaction)
        sigaction(number, &before_[index(number)], nullptr);
    }
  }

 private:
  static std::mutex &mutex() {
    static std::mutex one;
    return one;
  }
  static std::size_t index(int number) { return static_cast<std::size_t>(number); }

  const std::lock_guard<std::mutex> only_;
  std::array<struct sigaction, NSIG> before_{};
  std::array<bool, NSIG> known_{};
};

}  // namespace nexus::sdk
