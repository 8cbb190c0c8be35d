// Runs threads of a threadgroup that wait for each other on one thread of the host.
#pragma once

#include <ucontext.h>

#include <functional>
#include <vector>

namespace msl {

class Fibers {
 public:
  // Runs body(0) ... body(count - 1) until all have returned; each may call wait().
  void run(unsigned count, std::function<void(unsigned)> body);

  // Lets the others run. Call it within a body only.
  void yield(unsigned fiber);

 private:
  static constexpr std::size_t kStack = 64 * 1024;

  struct Fiber {
    ucontext_t context;
    bool done = false;
  };
  static void enter(unsigned high, unsigned low);

  ucontext_t main_;
  std::vector<Fiber> fibers_;
  std::vector<char> stacks_;
  unsigned current_ = 0;
  std::function<void(unsigned)> body_;
};

}  // namespace msl
