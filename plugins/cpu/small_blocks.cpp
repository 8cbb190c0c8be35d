#include "small_blocks.hpp"

#include <nexus-sdk/base/spin_lock.hpp>

#include <sys/mman.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <mutex>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NEXUS_CPU_SANITIZES_ADDRESSES
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define NEXUS_CPU_SANITIZES_ADDRESSES
#endif

namespace nexus::cpu {

#ifdef NEXUS_CPU_SANITIZES_ADDRESSES

// Every block is one of malloc, so that AddressSanitizer sees accesses beyond its end.
void *take_small_block(std::size_t size) {
  return std::aligned_alloc(kCacheLine, (size + kCacheLine - 1) / kCacheLine * kCacheLine);
}

void return_small_block(void *block) { std::free(block); }

#else

namespace {

using sdk::SpinLock;

// The size and the alignment of a slab, which has blocks of one size behind its first cache line.
constexpr std::size_t kSlab = std::size_t{1} << 16;

struct Free {
  Free *next;
};

struct Slab {
  // In the list of slabs that have room.
  Slab *previous, *next;
  Free *free;
  // The number of blocks in use, and where those begin that were never in use.
  std::uint32_t used, fresh;
  std::uint32_t lines;
};
static_assert(sizeof(Slab) <= kCacheLine);

// The slabs for blocks of one size.
class Size {
 public:
  void *take(std::uint32_t lines) {
    {
      const std::lock_guard guard(lock_);
      if (first_) return take_from(*first_);
    }
    // Without the lock, since the system may take long.
    Slab *const added = map_slab();
    if (!added) return nullptr;
    *added = {nullptr, nullptr, nullptr, 0, kCacheLine, lines};
    const std::lock_guard guard(lock_);
    link(*added);
    return take_from(*added);
  }

  void give(Slab &slab, void *block) {
    {
      const std::lock_guard guard(lock_);
      if (!has_room(slab)) link(slab);
      slab.free = new (block) Free{slab.free};
      if (--slab.used != 0 || (first_ == &slab && !slab.next)) return;
      unlink(slab);
    }
    munmap(&slab, kSlab);
  }

 private:
  static bool has_room(const Slab &slab) {
    return slab.free || slab.fresh + slab.lines * kCacheLine <= kSlab;
  }

  void *take_from(Slab &slab) {
    void *block = slab.free;
    if (block) {
      slab.free = slab.free->next;
    } else {
      block = reinterpret_cast<std::byte *>(&slab) + slab.fresh;
      slab.fresh += static_cast<std::uint32_t>(slab.lines * kCacheLine);
    }
    ++slab.used;
    if (!has_room(slab)) unlink(slab);
    return block;
  }

  void link(Slab &slab) {
    slab.previous = nullptr;
    slab.next = first_;
    if (first_) first_->previous = &slab;
    first_ = &slab;
  }

  void unlink(Slab &slab) {
    (slab.previous ? slab.previous->next : first_) = slab.next;
    if (slab.next) slab.next->previous = slab.previous;
  }

  // Maps twice as much, and returns what does not begin at a multiple of the size.
  static Slab *map_slab() {
    void *const memory =
        mmap(nullptr, 2 * kSlab, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    auto *const begin = static_cast<std::byte *>(memory);
    const std::size_t before = (0 - reinterpret_cast<std::uintptr_t>(memory)) % kSlab;
    if (before) munmap(begin, before);
    munmap(begin + before + kSlab, kSlab - before);
    return reinterpret_cast<Slab *>(begin + before);
  }

  SpinLock lock_;
  Slab *first_ = nullptr;
};

// By the number of cache lines. Never destroyed, since buffers may outlive static destructors.
constinit std::array<Size, kMostSmallBlock / kCacheLine + 1> sizes;

}  // namespace

void *take_small_block(std::size_t size) {
  const std::size_t lines = (size + kCacheLine - 1) / kCacheLine;
  return sizes[lines].take(static_cast<std::uint32_t>(lines));
}

void return_small_block(void *block) {
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  Slab &slab = *reinterpret_cast<Slab *>(address - address % kSlab);
  sizes[slab.lines].give(slab, block);
}

#endif

}  // namespace nexus::cpu
