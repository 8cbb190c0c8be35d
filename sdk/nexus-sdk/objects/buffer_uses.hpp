// The runs in flight that use a buffer. Copies and fills by the host wait for them.
#pragma once

#include <nexus-sdk/base/spin_lock.hpp>
#include <nexus-sdk/objects/work_queue.hpp>

#include <algorithm>
#include <mutex>
#include <utility>
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

// Most buffers have no more than one use at a time, which needs no memory of its own.
class BufferUses {
 public:
  // Adds the use, unless it was added before.
  void add(const Ref<QueueUse> &use) {
    // Released without the lock: it may be the last reference to its queue.
    Ref<RefCounted> replaced;
    const std::lock_guard guard(lock_);
    if (several_) {
      list().add(use, replaced);
    } else if (!held_ || (held_.get() != use.get() && one().ended())) {
      replaced = std::exchange(held_, use);
    } else if (held_.get() != use.get()) {
      auto uses = make_ref<List>();
      uses->uses = {Ref<QueueUse>(&one()), use};
      replaced = std::exchange(held_, std::move(uses));
      several_ = true;
    }
  }

  void remove(const QueueUse &use) {
    take([&](const QueueUse &one) { return &one == &use; });
  }

  // Returns once all work noted before the call is over.
  void wait() {
    for (const auto &[queue, last] : pending()) queue->wait_until_over(last);
    while (take([](const QueueUse &one) { return one.ended(); })) continue;
  }

 private:
  struct List : RefCounted {
    void add(const Ref<QueueUse> &use, Ref<RefCounted> &replaced) {
      if (std::find_if(uses.begin(), uses.end(),
                       [&](const auto &one) { return one.get() == use.get(); }) != uses.end())
        return;
      const auto ended =
          std::find_if(uses.begin(), uses.end(), [](const auto &one) { return one->ended(); });
      if (ended == uses.end())
        uses.push_back(use);
      else
        replaced = std::exchange(*ended, use);
    }

    std::vector<Ref<QueueUse>> uses;
  };

  QueueUse &one() const { return static_cast<QueueUse &>(*held_); }
  List &list() const { return static_cast<List &>(*held_); }

  std::vector<std::pair<Ref<WorkQueue>, std::uint64_t>> pending() {
    std::vector<std::pair<Ref<WorkQueue>, std::uint64_t>> found;
    const auto note = [&](const QueueUse &use) {
      if (!use.over()) found.emplace_back(use.queue, use.last());
    };
    const std::lock_guard guard(lock_);
    if (several_)
      for (const auto &use : list().uses) note(*use);
    else if (held_)
      note(one());
    return found;
  }

  // Removes the first matching use and returns it, so that the caller releases it without the lock.
  template <class Which>
  Ref<RefCounted> take(const Which &which) {
    const std::lock_guard guard(lock_);
    if (!several_) return held_ && which(one()) ? std::move(held_) : Ref<RefCounted>();
    auto &uses = list().uses;
    const auto found =
        std::find_if(uses.begin(), uses.end(), [&](const auto &use) { return which(*use); });
    if (found == uses.end()) return {};
    std::swap(*found, uses.back());
    Ref<RefCounted> taken = std::move(uses.back());
    uses.pop_back();
    if (uses.size() == 1) {
      held_ = Ref<RefCounted>(std::move(uses.front()));
      several_ = false;
    }
    return taken;
  }

  // A QueueUse, or a List if there are several.
  Ref<RefCounted> held_;
  SpinLock lock_;
  bool several_ = false;
};

}  // namespace nexus::sdk
