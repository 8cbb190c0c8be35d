// The runs in flight that use a buffer, by which copies of the host are ordered after them.
#pragma once

#include <nexus-sdk/base/spin_lock.hpp>
#include <nexus-sdk/objects/work_queue.hpp>

#include <algorithm>
#include <mutex>
#include <vector>

namespace nexus::sdk {

class BufferUses {
 public:
  // Work of a queue, submitted under this number, uses the buffer.
  void add(WorkQueue &queue, std::uint64_t number) {
    Ref<WorkQueue> added(&queue);
    const std::lock_guard guard(lock_);
    // Work ends in order, so the last use of each queue stands for those before it.
    for (Use &use : uses_)
      if (use.queue.get() == &queue) {
        use.last = std::max(use.last, number);
        return;
      }
    for (Use &use : uses_)
      if (use.queue->over(use.last)) {
        // The other queue may end with this reference, so it is dropped without the lock.
        std::swap(use.queue, added);
        use.last = number;
        return;
      }
    uses_.push_back({std::move(added), number});
  }

  // Returns once all work that was added before the call is over.
  void wait() {
    for (const Use &use : pending()) use.queue->wait_until_over(use.last);
  }

 private:
  struct Use {
    Ref<WorkQueue> queue;
    std::uint64_t last;
  };

  std::vector<Use> pending() {
    std::vector<Use> uses;
    const std::lock_guard guard(lock_);
    for (const Use &use : uses_)
      if (!use.queue->over(use.last)) uses.push_back(use);
    return uses;
  }

  SpinLock lock_;
  // One for each queue whose work may not be over.
  std::vector<Use> uses_;
};

}  // namespace nexus::sdk
