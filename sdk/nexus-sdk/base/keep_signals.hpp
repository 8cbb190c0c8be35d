// Restores the program's signal handlers after a library has installed its own.
#pragma once

#include <signal.h>

#include <array>
#include <cstddef>
#include <mutex>

namespace nexus::sdk {

// Lives while the library works. While several live, on any threads, the handlers of before the
// first are the program's, and the end of the last restores them: drivers and the compilers in them
// install their own, and never restore the others.
class KeepSignals {
 public:
  KeepSignals() {
    Program &program = the_program();
    const std::lock_guard lock(program.mutex);
    if (program.working++ > 0) return;
    for (int number = 1; number < NSIG; ++number) {
      Handler &handler = program.handlers[static_cast<std::size_t>(number)];
      handler.known = sigaction(number, nullptr, &handler.action) == 0;
    }
  }
  KeepSignals(const KeepSignals &) = delete;
  KeepSignals &operator=(const KeepSignals &) = delete;
  ~KeepSignals() {
    Program &program = the_program();
    const std::lock_guard lock(program.mutex);
    if (--program.working > 0) return;
    // Also those with the same function: a library that restores it by signal() has changed flags.
    for (int number = 1; number < NSIG; ++number) {
      const Handler &before = program.handlers[static_cast<std::size_t>(number)];
      if (before.known) sigaction(number, &before.action, nullptr);
    }
  }

 private:
  struct Handler {
    struct sigaction action{};
    bool known = false;
  };
  struct Program {
    std::mutex mutex;
    int working = 0;
    std::array<Handler, NSIG> handlers;
  };

  static Program &the_program() {
    static Program one;
    return one;
  }
};

}  // namespace nexus::sdk
