// The registry of queues whose devices do not report finished work.
#pragma once

#include <nexus-sdk/objects/work_queue.hpp>

#include <atomic>
#include <mutex>
#include <vector>

namespace nexus::sdk {

class PolledQueues {
 public:
  // Never destroyed, since threads may outlive static destructors.
  static PolledQueues &instance() {
    static PolledQueues *const queues = new PolledQueues();
    return *queues;
  }

  void add(Ref<WorkQueue> queue) {
    const std::lock_guard lock(mutex_);
    queues_.push_back(std::move(queue));
    count_.store(queues_.size());
  }

  bool any() const { return count_.load() > 0; }

  // Looks for finished work on all queues, and removes those that have ended.
  void poll() {
    if (!any()) return;
    std::vector<Ref<WorkQueue>> queues;
    {
      const std::lock_guard lock(mutex_);
      queues = queues_;
    }
    bool ended = false;
    for (const auto &queue : queues) {
      queue->poll();
      ended |= queue->ended();
    }
    if (ended) forget_ended();
  }

 private:
  void forget_ended() {
    std::vector<Ref<WorkQueue>> ended;
    const std::lock_guard lock(mutex_);
    ended.reserve(queues_.size());
    std::erase_if(queues_, [&](Ref<WorkQueue> &queue) {
      if (!queue->ended()) return false;
      ended.push_back(std::move(queue));
      return true;
    });
    count_.store(queues_.size());
  }

  std::mutex mutex_;
  std::vector<Ref<WorkQueue>> queues_;
  std::atomic<std::size_t> count_{0};
};

// The result of `attempt`, a function that allocates a device's memory; of a second attempt if
// `lacks(result)` says that there was no memory. Work that has finished without being noticed may
// hold released buffers.
template <class Attempt, class Lacks>
auto allocate_twice(const Attempt &attempt, const Lacks &lacks) {
  const auto first = attempt();
  if (!lacks(first)) return first;
  PolledQueues::instance().poll();
  return attempt();
}

}  // namespace nexus::sdk
