// A block of threads: its shared memory and its barriers.
#pragma once

#include <atomic>
#include <vector>

#include "launch.hpp"
#include "thread.hpp"

namespace standin::ptx {

class Block {
 public:
  Block(const Launch &launch, const DeviceMemory &memory, const std::atomic<bool> &stop);

  // Runs all threads of the block at a position in the grid.
  void run(std::array<unsigned, 3> place);

  // Registers the arrival of a thread at a barrier, where it may wait. The barrier opens once
  // `expected` threads have arrived; 0 means all threads that have not ended.
  void arrive(Thread &thread, unsigned barrier, unsigned expected, bool waits, bool vote = false);
  void ended();

  const Launch launch;
  const DeviceMemory &memory;
  std::array<unsigned, 3> place{};
  std::vector<std::byte> shared;
  // Cache: the allocation that each instruction used last.
  std::vector<Span> spans;

 private:
  static constexpr unsigned kBarriers = 16;
  struct Barrier {
    unsigned arrived = 0, expected = 0, votes = 0;
  };
  void open_if_complete(unsigned index);

  const std::atomic<bool> &stop_;
  std::vector<Thread> threads_;
  std::array<Barrier, kBarriers> barriers_;
  unsigned live_ = 0;
};

}  // namespace standin::ptx
