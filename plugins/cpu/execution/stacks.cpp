#include "execution/stacks.hpp"

#include <sys/mman.h>
#include <unistd.h>
#include <nexus-sdk/base/error.hpp>

#include <iterator>
#include <new>
#include <utility>

namespace nexus::cpu {
using namespace sdk;
namespace {

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

std::size_t pitch() { return Stack::kSize + page_size(); }

#if defined(MAP_NORESERVE)
constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
#else
constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS;
#endif

}  // namespace

StackBlock::StackBlock(std::size_t count) {
  void *const memory = mmap(nullptr, count * pitch(), PROT_READ | PROT_WRITE, kFlags, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  memory_ = static_cast<std::byte *>(memory);
  count_ = count;
  for (std::size_t i = 0; i < count; ++i)
    if (mprotect(memory_ + i * pitch(), page_size(), PROT_NONE) != 0) {
      munmap(memory_, count * pitch());
      throw std::bad_alloc();
    }
}

StackBlock::StackBlock(StackBlock &&other) noexcept
    : memory_(std::exchange(other.memory_, nullptr)), count_(std::exchange(other.count_, 0)) {}

StackBlock &StackBlock::operator=(StackBlock &&other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(count_, other.count_);
  return *this;
}

StackBlock::~StackBlock() {
  if (memory_) munmap(memory_, count_ * pitch());
}

Stack StackBlock::operator[](std::size_t index) const {
  return {memory_ + index * pitch() + page_size()};
}

StackPool &StackPool::instance() {
  static auto *const pool = new StackPool;
  return *pool;
}

std::vector<StackBlock> StackPool::take(std::size_t stacks) {
  const std::size_t count = (stacks + kBlock - 1) / kBlock;
  std::vector<StackBlock> taken;
  taken.reserve(count);
  std::unique_lock lock(mutex_);
  while (!collect(count, taken)) {
    free_.reserve(free_.size() + taken.size());
    std::move(taken.begin(), taken.end(), std::back_inserter(free_));
    taken.clear();
    // Other groups have all the stacks that they need, so they end and return them.
    if (used_ == 0)
      fail(NXS_OutOfHostMemory, "the system has no memory, or no mappings, for the stacks of ",
           stacks, " items that wait for each other");
    returned_.wait(lock);
  }
  used_ += count;
  return taken;
}

bool StackPool::collect(std::size_t count, std::vector<StackBlock> &taken) {
  if (used_ + count > kMost && used_ > 0) return false;
  while (taken.size() < count) {
    if (!free_.empty()) {
      taken.push_back(std::move(free_.back()));
      free_.pop_back();
      continue;
    }
    try {
      taken.emplace_back(kBlock);
    } catch (const std::bad_alloc &) {
      return false;
    }
  }
  return true;
}

void StackPool::put(std::vector<StackBlock> blocks) {
  const std::lock_guard lock(mutex_);
  used_ -= blocks.size();
  try {
    free_.insert(free_.end(), std::make_move_iterator(blocks.begin()),
                 std::make_move_iterator(blocks.end()));
  } catch (const std::bad_alloc &) {
    // They are unmapped instead.
    blocks.clear();
  }
  returned_.notify_all();
}

void StackPool::trim() {
  const std::lock_guard lock(mutex_);
  while (free_.size() > kMostFree) free_.pop_back();
}

}  // namespace nexus::cpu
