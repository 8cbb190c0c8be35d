// The runs in flight that use a buffer. Copies and fills by the host wait for them.
#pragma once

#include <nexus-sdk/base/spin_lock.hpp>
#include <nexus-sdk/objects/work_queue.hpp>

#include <algorithm>
#include <mutex>
#include <vector>

namespace nexus::sdk {

// The use of buffers by one list of commands on one queue. The buffers share this object, so that a
// run notes its number only once, however many buffers it uses.
class QueueUse : public RefCounted {
 public:
  explicit QueueUse(WorkQueue &queue) : queue(&queue) {}

  // Notes that the work with this number uses the buffers.
  void note(std::uint64_t number) {
    std::uint64_t last = last_.load(std::memory_order_relaxed);
    while (last < number && !last_.compare_exchange_weak(last, number)) continue;
  }
  std::uint64_t last() const { return last_.load(); }
  bool over() const { return queue->over(last()); }

  // Notes that no more work comes, since the list of commands or the stream has been destroyed.
  void end() { ended_.store(true); }
  bool ended() const { return ended_.load() && over(); }

  const Ref<WorkQueue> queue;

 private:
  std::atomic<std::uint64_t> last_{0};
  std::atomic<bool> ended_{false};
};

class BufferUses {
 public:
  // Adds the use, unless it was added before.
  void add(const Ref<QueueUse> &use) {
    // Holds the replaced use, which is released without the lock: it may be the last reference to
    // its queue.
    Ref<QueueUse> added = use;
    const std::lock_guard guard(lock_);
    if (first_.get() == use.get()) return;
    if (find([&](const auto &one) { return one.get() == use.get(); }) != more_.end()) return;
    const auto ended = find([](const auto &one) { return one->ended(); });
    if (!first_ || first_->ended())
      std::swap(first_, added);
    else if (ended != more_.end())
      std::swap(*ended, added);
    else
      more_.push_back(std::move(added));
  }

  void remove(const QueueUse &use) {
    take([&](const auto &one) { return one.get() == &use; });
  }

  // Returns once all work noted before the call is over.
  void wait() {
    for (const auto &[queue, last] : pending()) queue->wait_until_over(last);
    while (take([](const auto &one) { return one->ended(); })) continue;
  }

 private:
  std::vector<std::pair<Ref<WorkQueue>, std::uint64_t>> pending() {
    std::vector<std::pair<Ref<WorkQueue>, std::uint64_t>> found;
    const std::lock_guard guard(lock_);
    if (first_ && !first_->over()) found.emplace_back(first_->queue, first_->last());
    for (const auto &use : more_)
      if (!use->over()) found.emplace_back(use->queue, use->last());
    return found;
  }

  template <class Which>
  std::vector<Ref<QueueUse>>::iterator find(const Which &which) {
    return std::find_if(more_.begin(), more_.end(), which);
  }

  // Removes the first matching use and returns it, so that the caller releases it without the lock.
  template <class Which>
  Ref<QueueUse> take(const Which &which) {
    const std::lock_guard guard(lock_);
    if (first_ && which(first_)) return std::move(first_);
    const auto found = find(which);
    if (found == more_.end()) return {};
    std::swap(*found, more_.back());
    Ref<QueueUse> taken = std::move(more_.back());
    more_.pop_back();
    if (more_.empty()) std::vector<Ref<QueueUse>>().swap(more_);
    return taken;
  }

  SpinLock lock_;
  // The first use needs no memory of its own: most buffers have no other.
  Ref<QueueUse> first_;
  std::vector<Ref<QueueUse>> more_;
};

}  // namespace nexus::sdk
