// The pool of threads that run a launch.
//
// A launch is cut into chunks. Each thread begins with its own share and then steals from the
// others. The calling thread takes part, so a launch never waits for a thread that sleeps or is
// busy with another launch. After a launch workers spin briefly, then sleep. Launches too small to
// profit stay on the calling thread.
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

  // Created on first use and never destroyed: its threads end with the process.
  static Pool &instance();

  // The number of threads that take part, including the caller.
  int size() const { return size_; }

  // Calls body with ranges that together cover 0 to count, on this thread and others; returns when
  // all are done. An exception from the body cancels the rest and is rethrown here. `expected_ns`
  // is the time that one thread would need, 0 if unknown. Returns an estimate of the time that one
  // thread would have needed.
  double run(nxs_ulong count, double expected_ns, Body body);

 private:
  // The remaining chunks of one thread: the upper half is the first, the lower half the end.
  struct alignas(64) Share {
    std::atomic<std::uint64_t> chunks{0};
  };
  struct Job;
  // A slot in which a launch offers its work. It outlives the launch, since workers may still look
  // at it.
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
  static nxs_ulong chunks_for(double expected_ns, int members);
  void offer(Slot &slot, Job &job);
  void withdraw(Slot &slot);
  bool take_part(Slot &slot, Job &job, int member);

  static constexpr int kSlots = 8;
  const int size_;
  const nxs_long spin_ns_;
  std::unique_ptr<Slot[]> slots_;
  std::atomic<bool> started_{false};
  // Counts launches, so that workers notice a new one.
  std::atomic<std::uint32_t> launches_{0};
  std::atomic<int> awake_{0};
  std::atomic<nxs_long> last_launch_ns_{0};
};

}  // namespace nexus::cpu
