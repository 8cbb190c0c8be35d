#include "launch.hpp"

#include <algorithm>
#include <memory>

#include "fibers.hpp"

namespace msl {

constexpr unsigned kLanes = 32;

// A threadgroup whose threads wait for each other.
struct Group {
  struct Barrier {
    unsigned expected = 0, arrived = 0, generation = 0;
    void arrive() {
      ++arrived;
      release_if_all();
    }
    void leave() {
      --expected;
      release_if_all();
    }
    void release_if_all() {
      if (!arrived || arrived < expected) return;
      arrived = 0;
      ++generation;
    }
  };

  static void wait(Group *group, unsigned thread, bool simdgroup) {
    Barrier &barrier = simdgroup ? group->simdgroups[thread / kLanes] : group->whole;
    // Threads of a simdgroup that have returned are not waited for.
    if (!simdgroup && group->finished) refuse();
    const unsigned generation = barrier.generation;
    barrier.arrive();
    for (unsigned idle = 0; barrier.generation == generation; ++idle) {
      if (idle > kIdle) refuse();
      group->fibers.yield(thread);
    }
  }

  void leave(unsigned thread) {
    ++finished;
    if (whole.arrived) refuse();
    simdgroups[thread / kLanes].leave();
  }

  [[noreturn]] static void refuse() {
    standin::die("a barrier that not all threads of the group get to");
  }

  // More turns than a group needs between barriers if all its threads reach them.
  static constexpr unsigned kIdle = 100'000;

  Fibers fibers;
  unsigned finished = 0;
  Barrier whole;
  std::vector<Barrier> simdgroups;
};

namespace {

Index index(unsigned long x, unsigned long y, unsigned long z) {
  return {static_cast<unsigned>(x), static_cast<unsigned>(y), static_cast<unsigned>(z)};
}

class Launch {
 public:
  Launch(const Kernel &kernel, standin::Size threads, standin::Size group,
         std::span<void *const> buffers, std::span<const unsigned long> memories)
      : kernel_(kernel),
        threads_(threads),
        group_(group),
        buffers_(buffers.begin(), buffers.end()) {
    for (const unsigned long length : memories) {
      storage_.emplace_back(length / sizeof(std::max_align_t) + 1);
      memories_.push_back(storage_.back().data());
    }
  }

  void run() {
    const auto count = [](unsigned long all, unsigned long each) {
      return (all + each - 1) / each;
    };
    const standin::Size groups = {count(threads_.width, group_.width),
                                  count(threads_.height, group_.height),
                                  count(threads_.depth, group_.depth)};
    for (unsigned long z = 0; z < groups.depth; ++z)
      for (unsigned long y = 0; y < groups.height; ++y)
        for (unsigned long x = 0; x < groups.width; ++x) run_group(groups, {x, y, z});
  }

 private:
  void run_group(standin::Size groups, standin::Size at) {
    // Groups at the far edges may be smaller.
    const standin::Size size = {
        std::min(group_.width, threads_.width - at.width * group_.width),
        std::min(group_.height, threads_.height - at.height * group_.height),
        std::min(group_.depth, threads_.depth - at.depth * group_.depth)};
    const auto count = static_cast<unsigned>(size.width * size.height * size.depth);
    Thread common{};
    common.threadgroup_position_in_grid = index(at.width, at.height, at.depth);
    common.threads_per_threadgroup = index(size.width, size.height, size.depth);
    common.dispatch_threads_per_threadgroup = index(group_.width, group_.height, group_.depth);
    common.threads_per_grid = index(threads_.width, threads_.height, threads_.depth);
    common.threadgroups_per_grid = index(groups.width, groups.height, groups.depth);
    common.threads_per_simdgroup = common.thread_execution_width = kLanes;
    common.simdgroups_per_threadgroup = (count + kLanes - 1) / kLanes;
    common.dispatch_simdgroups_per_threadgroup =
        static_cast<unsigned>((group_.width * group_.height * group_.depth + kLanes - 1) / kLanes);
    if (kernel_.cooperative)
      run_together(common, count);
    else
      for (unsigned i = 0; i < count; ++i) run_thread(common, i);
  }

  void run_together(const Thread &common, unsigned count) {
    if (!together_) together_ = std::make_unique<Group>();
    Group &group = *together_;
    lanes_.assign(common.simdgroups_per_threadgroup * kLanes, 0);
    group.finished = 0;
    group.whole = {count};
    group.simdgroups.assign(common.simdgroups_per_threadgroup, {kLanes});
    if (count % kLanes) group.simdgroups.back().expected = count % kLanes;
    group.fibers.run(count, [&](unsigned i) {
      Thread thread = common;
      thread.wait = Group::wait;
      thread.group = &group;
      thread.lanes = &lanes_[i / kLanes * kLanes];
      thread.lane_count = std::min(kLanes, count - i / kLanes * kLanes);
      run_thread(thread, i);
      group.leave(i);
    });
  }

  void run_thread(Thread thread, unsigned i) {
    const Index size = thread.threads_per_threadgroup, at = thread.threadgroup_position_in_grid;
    const Index local = {i % size.x, i / size.x % size.y, i / size.x / size.y};
    thread.thread_position_in_threadgroup = local;
    thread.thread_position_in_grid =
        index(at.x * group_.width + local.x, at.y * group_.height + local.y,
              at.z * group_.depth + local.z);
    thread.thread_index_in_threadgroup = i;
    thread.thread_index_in_simdgroup = i % kLanes;
    thread.simdgroup_index_in_threadgroup = i / kLanes;
    kernel_.run(&thread, buffers_.data(), memories_.data());
  }

  const Kernel &kernel_;
  const standin::Size threads_, group_;
  const std::vector<void *> buffers_;
  std::vector<std::vector<std::max_align_t>> storage_;
  std::vector<void *> memories_;
  std::vector<unsigned long long> lanes_;
  std::unique_ptr<Group> together_;
};

}  // namespace

void launch(const Kernel &kernel, standin::Size threads, standin::Size group,
            std::span<void *const> buffers, std::span<const unsigned long> memories) {
  Launch(kernel, threads, group, buffers, memories).run();
}

}  // namespace msl
