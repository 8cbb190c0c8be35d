// The threads that a launch is spread over.
//
// A launch is cut into chunks, and each thread begins with its own share of them and then takes
// from the others'. The calling thread takes part, so that a launch never waits for a thread that
// sleeps or is busy with another launch. Workers spin for a short while after their last launch and
// then sleep; launches too small to be worth it stay on the calling thread.
#pragma once

#include <nexus-api/nxs_platform.h>

#include <atomic>
#include <memory>

namespace nexus::cpu {

// A reference to a callable, without ownership.
template <class Signature>
class FunctionRef;

template <class Result, class... Args>
class FunctionRef<Result(Args...)> {
 public:
  template <class Callable>
  FunctionRef(const Callable &callable)
      : callable_(&callable), call_([](const void *target, Args... args) -> Result {
          return (*static_cast<const Callable *>(target))(args...);
        }) {}
  Result operator()(Args... args) const { return call_(callable_, args...); }

 private:
  const void *callable_;
  Result (*call_)(const void *, Args...);
};

class Pool {
 public:
  using Body = FunctionRef<void(nxs_ulong begin, nxs_ulong end)>;

  // Made at the first use and never destroyed, as its threads end with the process.
  static Pool &instance();

  // Threads that take part, the caller among them.
  int size() const { return size_; }

  // Calls body with ranges that together are 0 to count, on this thread and others, and returns
  // when all are done. An exception of the body ends the rest and is thrown here. `expected_ns` is
  // how long one thread would need, 0 where that is not known; what is returned is how long, about,
  // one would have needed.
  double run(nxs_ulong count, double expected_ns, Body body);

 private:
  // Chunks of one thread that are still to be done: the first in the upper half, the end in the
  // lower.
  struct alignas(64) Share {
    std::atomic<std::uint64_t> chunks{0};
  };
  struct Job;
  // A place where a launch offers its work. Kept apart from the launch itself, which ends while
  // workers may still look here.
  struct alignas(64) Slot {
    std::atomic<Job *> job{nullptr};
    std::atomic<int> visitors{0};
    std::atomic<bool> taken{false};
    std::unique_ptr<Share[]> shares;
  };

  Pool();
  void start_workers();
  void work(int member);
  void help(int member);
  bool worth_sharing(double expected_ns, nxs_long now) const;
  Slot *take_slot();
  int members_for(double expected_ns) const;
  void offer(Slot &slot, Job &job);
  void withdraw(Slot &slot);
  bool take_part(Slot &slot, Job &job, int member);

  static constexpr int kSlots = 8;
  const int size_;
  const nxs_long spin_ns_;
  std::unique_ptr<Slot[]> slots_;
  std::atomic<bool> started_{false};
  // Counts launches, for workers to notice a new one.
  std::atomic<std::uint32_t> launches_{0};
  std::atomic<int> awake_{0};
  std::atomic<nxs_long> last_launch_ns_{0};
};

}  // namespace nexus::cpu
