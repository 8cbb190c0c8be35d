// Stacks for the items of groups that wait for each other.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <vector>

namespace nexus::cpu {

// The memory of one stack, without its guard.
struct Stack {
  std::byte *bottom = nullptr;

  // Size in bytes. The system provides memory only for the pages that are touched.
  static constexpr std::size_t kSize = std::size_t{1536} << 10;
};

// Several stacks in one mapping. Below each is a page that cannot be accessed, so that an overflow
// faults instead of overwriting another item's variables.
class StackBlock {
 public:
  // Throws std::bad_alloc if the system has no memory or no mappings left.
  explicit StackBlock(std::size_t count);
  StackBlock(StackBlock &&other) noexcept;
  StackBlock &operator=(StackBlock &&other) noexcept;
  ~StackBlock();

  std::size_t count() const { return count_; }
  Stack operator[](std::size_t index) const;

 private:
  std::byte *memory_ = nullptr;
  std::size_t count_ = 0;
};

// The blocks that all threads share. Their number is limited, since each stack takes two of the
// mappings of which a process can have 65,530 by default (vm.max_map_count of Linux).
class StackPool {
 public:
  static constexpr std::size_t kBlock = 64;

  static StackPool &instance();

  // Returns blocks with at least so many stacks; waits while other groups have too many. Fails with
  // NXS_OutOfHostMemory if there is no memory for them even when no other group has any.
  std::vector<StackBlock> take(std::size_t stacks);
  void put(std::vector<StackBlock> blocks);
  // Unmaps free blocks that are more than the next launch is likely to need.
  void trim();

 private:
  // 16,384 stacks, half of the mappings.
  static constexpr std::size_t kMost = 256;
  static constexpr std::size_t kMostFree = 64;

  // Moves free or new blocks to `taken`; returns false if the system has no memory for one.
  bool collect(std::size_t count, std::vector<StackBlock> &taken);

  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<StackBlock> free_;
  // Blocks that groups have.
  std::size_t used_ = 0;
};

}  // namespace nexus::cpu
