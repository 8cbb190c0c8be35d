// The interface of a stream's queue for buffers and events.
#pragma once

#include <nexus-sdk/base/ref.hpp>

#include <atomic>
#include <cstdint>
#include <list>

namespace nexus::sdk {

// Work is numbered in the order of submission, and ends in that order.
class WorkQueue : public RefCounted {
 public:
  // Whether the work with this number, and all before it, is over.
  bool over(std::uint64_t number) const {
    return retired_.load(std::memory_order_acquire) >= number;
  }
  // Returns once that is so.
  virtual void wait_until_over(std::uint64_t number) = 0;

  // Whether its stream has been destroyed, so that no more work comes.
  bool closed() const { return closed_.load(); }

  // Submits deferred work that need not wait any longer. Appends the queues that this unblocks.
  virtual void advance(std::list<Ref<WorkQueue>> &unblocked) { static_cast<void>(unblocked); }
  // Looks for finished work, on devices that do not report it.
  virtual void poll() {}
  // Whether the stream has been destroyed and all work is done.
  virtual bool ended() { return false; }

 protected:
  void note_closed() { closed_.store(true); }
  // All work up to this number is over. Numbers may be skipped.
  void retire(std::uint64_t number) {
    retired_.store(number, std::memory_order_release);
    retired_.notify_all();
  }
  void wait_for_retirement(std::uint64_t number) const {
    for (std::uint64_t now; (now = retired_.load(std::memory_order_acquire)) < number;)
      retired_.wait(now);
  }

 private:
  std::atomic<std::uint64_t> retired_{0};
  std::atomic<bool> closed_{false};
};

// Advances these queues, and then those that they unblock.
inline void advance_all(std::list<Ref<WorkQueue>> unblocked) {
  while (!unblocked.empty()) {
    const Ref<WorkQueue> queue = std::move(unblocked.front());
    unblocked.pop_front();
    queue->advance(unblocked);
  }
}

}  // namespace nexus::sdk
