#include "memory.hpp"

#include <nexus-sdk/base/host_memory.hpp>
#include <nexus-sdk/base/repeat.hpp>

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <mutex>
#include <vector>

#include "execution/pool.hpp"
#include "guarded_memory.hpp"
#include "settings.hpp"

namespace nexus::cpu {
namespace {

// Blocks of at least this size are whole, zeroed pages from the system.
constexpr std::size_t kLarge = std::size_t{1} << 20;
// What one thread copies or fills at a time. Shorter ones end in glibc's `rep movsb`, which some
// AMD processors do many times slower where the offsets in the page of source and destination are
// alike (glibc bug 30994); from the size of the second-level cache on it uses vector instructions
// there.
constexpr std::size_t kPiece = std::size_t{1} << 20;
// About how many bytes one thread moves per nanosecond.
constexpr double kBytesPerNs = 8;

// From this size on, memory bandwidth is the limit and a single memcpy is fastest: unlike short
// copies, it bypasses the caches, so the destination is not read before it is overwritten.
constexpr std::size_t kHuge = std::size_t{32} << 20;

std::size_t rounded(std::size_t size) { return (size + kCacheLine - 1) / kCacheLine * kCacheLine; }

// Where in its first page a large block begins. Large arrays of malloc begin 16 bytes into theirs,
// and processors take a load for a dependence on a store to the same offset in another page: from a
// block at the start of its page memcpy to such an array took three times as long (256 MiB, Zen 3).
constexpr std::size_t kPageOffset = 2048;

std::byte *map_pages(std::size_t size) {
  std::byte *const memory = sdk::map_pages(size + kPageOffset);
  return memory ? memory + kPageOffset : nullptr;
}

void unmap_pages(std::byte *memory, std::size_t size) {
  munmap(memory - kPageOffset, size + kPageOffset);
}

// The most recently freed large blocks, reused by the next allocations: the system zeroes every
// page that it hands out, which takes longer than filling it from an array.
class SpareBlocks {
 public:
  static SpareBlocks &instance() {
    static auto *const blocks = new SpareBlocks;
    return *blocks;
  }

  std::byte *take(std::size_t size) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(blocks_.rbegin(), blocks_.rend(),
                                    [&](const Block &block) { return block.size == size; });
    if (found == blocks_.rend()) return nullptr;
    std::byte *const memory = found->memory;
    blocks_.erase(std::next(found).base());
    total_ -= size;
    return memory;
  }

  void put(std::byte *memory, std::size_t size) {
    const std::lock_guard lock(mutex_);
    if (size > kMost) {
      unmap_pages(memory, size);
      return;
    }
    while (!blocks_.empty() && (total_ + size > kMost || blocks_.size() == kMostBlocks)) drop();
    blocks_.push_back({memory, size});
    total_ += size;
  }

  // Returns all blocks to the system.
  void clear() {
    const std::lock_guard lock(mutex_);
    while (!blocks_.empty()) drop();
  }

 private:
  struct Block {
    std::byte *memory;
    std::size_t size;
  };

  static constexpr std::size_t kMost = std::size_t{512} << 20;
  static constexpr std::size_t kMostBlocks = 32;

  SpareBlocks() { blocks_.reserve(kMostBlocks); }

  void drop() {
    unmap_pages(blocks_.front().memory, blocks_.front().size);
    total_ -= blocks_.front().size;
    blocks_.erase(blocks_.begin());
  }

  std::mutex mutex_;
  // Oldest first.
  std::vector<Block> blocks_;
  std::size_t total_ = 0;
};

std::byte *allocate_small(std::size_t size) {
  return static_cast<std::byte *>(
      std::aligned_alloc(kCacheLine, rounded(std::max<std::size_t>(size, 1))));
}

std::byte *map_or_clear(std::size_t size) {
  if (std::byte *const memory = map_pages(size)) return memory;
  SpareBlocks::instance().clear();
  return map_pages(size);
}

// Calls body(offset, length) for the pieces of `size` bytes, spread over the pool's threads if that
// is faster.
template <class Body>
void for_pieces(std::size_t size, const Body &body) {
  if (size < 2 * kPiece || size >= kHuge) return body(std::size_t{0}, size);
  const std::size_t pieces = (size + kPiece - 1) / kPiece;
  const double expected_ns = static_cast<double>(size) / kBytesPerNs;
  Pool::instance().run(pieces, expected_ns, [&](nxs_ulong begin, nxs_ulong end) {
    const std::size_t offset = begin * kPiece;
    body(offset, std::min<std::size_t>(end * kPiece, size) - offset);
  });
}

}  // namespace

std::byte *allocate(std::size_t size) {
  if (settings().debug) return allocate_guarded(size);
  if (size < kLarge) return allocate_small(size);
  std::byte *const spare = SpareBlocks::instance().take(size);
  return spare ? spare : map_or_clear(size);
}

std::byte *allocate_zeroed(std::size_t size) {
  if (settings().debug) return allocate_guarded(size);
  if (size >= kLarge) return map_or_clear(size);
  std::byte *const memory = allocate_small(size);
  if (memory && size) std::memset(memory, 0, size);
  return memory;
}

void deallocate(std::byte *memory, std::size_t size) {
  if (settings().debug) return deallocate_guarded(memory, size);
  if (size >= kLarge)
    SpareBlocks::instance().put(memory, size);
  else
    std::free(memory);
}

void copy(void *to, const void *from, std::size_t size) {
  if (size == 0) return;
  for_pieces(size, [&](std::size_t offset, std::size_t length) {
    std::memcpy(static_cast<std::byte *>(to) + offset,
                static_cast<const std::byte *>(from) + offset, length);
  });
}

void fill(std::byte *to, std::size_t size, const std::byte *pattern, std::size_t pattern_size) {
  if (std::all_of(pattern, pattern + pattern_size, [&](std::byte b) { return b == pattern[0]; }))
    return for_pieces(size, [&](std::size_t offset, std::size_t length) {
      std::memset(to + offset, static_cast<int>(pattern[0]), length);
    });
  // Doubles one copy of the pattern up to the size of a block, which is then repeated.
  std::memcpy(to, pattern, pattern_size);
  const std::size_t most = std::max(kPiece / pattern_size, std::size_t{1}) * pattern_size;
  sdk::repeat_by_copies(pattern_size, size, most, [&](std::size_t done, std::size_t step) {
    std::memcpy(to + done, to, step);
  });
}

}  // namespace nexus::cpu
