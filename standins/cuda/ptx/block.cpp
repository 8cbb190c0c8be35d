#include "block.hpp"

#include <utility>

namespace standin::ptx {
namespace {

// What uninitialized memory holds, so that the use of it shows.
constexpr std::byte kGarbage{0xcd};

}  // namespace

Block::Block(const Launch &launch, const DeviceMemory &memory, const std::atomic<bool> &stop)
    : launch(launch), memory(memory), stop_(stop) {
  const unsigned threads = launch.block[0] * launch.block[1] * launch.block[2];
  shared.resize(launch.entry->shared_size + launch.dynamic_shared);
  spans.resize(launch.program->instructions.size());
  threads_.resize(threads);
}

void Block::run(std::array<unsigned, 3> where) {
  place = where;
  std::fill(shared.begin(), shared.end(), kGarbage);
  std::fill(barriers_.begin(), barriers_.end(), Barrier{});
  live_ = static_cast<unsigned>(threads_.size());
  for (unsigned i = 0; i < threads_.size(); ++i) threads_[i].start(*this, *launch.entry, i);
  while (live_) {
    bool ran = false;
    for (Thread &thread : threads_) {
      if (thread.state != ThreadState::running) continue;
      thread.run();
      ran = true;
    }
    if (stop_.load(std::memory_order_relaxed)) throw Trap{TrapKind::launch_failure, "stopped"};
    if (!ran)
      throw Trap{TrapKind::timeout,
                 "the threads of a block of " + launch.entry->name +
                     " wait at barriers that never open: not all of them come there"};
  }
}

void Block::arrive(Thread &thread, unsigned index, unsigned expected, bool waits, bool vote) {
  Barrier &barrier = barriers_[index];
  ++barrier.arrived;
  barrier.votes += vote;
  barrier.expected = expected;
  if (waits) {
    thread.state = ThreadState::waiting;
    thread.barrier = index;
  }
  open_if_complete(index);
}

void Block::ended() {
  --live_;
  // The others may have waited for this one only.
  for (unsigned i = 0; i < barriers_.size(); ++i)
    if (barriers_[i].arrived) open_if_complete(i);
}

void Block::open_if_complete(unsigned index) {
  Barrier &barrier = barriers_[index];
  const unsigned expected = barrier.expected ? barrier.expected : live_;
  if (barrier.arrived < expected) return;
  const Barrier opened = barrier;
  barrier = Barrier{};
  for (Thread &thread : threads_) {
    if (thread.state != ThreadState::waiting || thread.barrier != index) continue;
    thread.state = ThreadState::running;
    if (const Instruction *reduction = std::exchange(thread.reduction, nullptr)) {
      // The offset selects the reduction: 0 counts, 1 means all, 2 any.
      const unsigned votes = opened.votes;
      const std::uint64_t results[] = {votes, votes == opened.arrived, votes != 0};
      thread.put<std::uint64_t>(reduction->to, results[reduction->offset]);
    }
  }
}

void run(const Launch &launch, const DeviceMemory &memory, const std::atomic<bool> &stop) {
  Block block(launch, memory, stop);
  for (unsigned z = 0; z < launch.grid[2]; ++z)
    for (unsigned y = 0; y < launch.grid[1]; ++y)
      for (unsigned x = 0; x < launch.grid[0]; ++x) block.run({x, y, z});
}

}  // namespace standin::ptx
