#include "memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "pool.hpp"

namespace nexus::cpu {
namespace {

constexpr std::size_t kCacheLine = 64;
// From this size on memory comes in whole pages from the system, zeroed.
constexpr std::size_t kLarge = std::size_t{1} << 20;
// What one thread copies or fills at a time: it fits the second-level cache, and is long enough for
// memcpy to get up to speed.
constexpr std::size_t kPiece = std::size_t{1} << 18;
// One thread moves about this many bytes in a nanosecond.
constexpr double kBytesPerNs = 8;

std::size_t rounded(std::size_t size) { return (size + kCacheLine - 1) / kCacheLine * kCacheLine; }

std::byte *map_pages(std::size_t size) {
  void *const memory =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
#if defined(MADV_HUGEPAGE)
  madvise(memory, size, MADV_HUGEPAGE);
#endif
  return static_cast<std::byte *>(memory);
}

// Calls body(offset, length) for the pieces of `size` bytes.
template <class Body>
void for_pieces(std::size_t size, const Body &body) {
  if (size < kLarge) return body(std::size_t{0}, size);
  const std::size_t pieces = (size + kPiece - 1) / kPiece;
  Pool::instance().run(pieces, static_cast<double>(size) / kBytesPerNs,
                       [&](nxs_ulong begin, nxs_ulong end) {
                         const std::size_t offset = begin * kPiece;
                         body(offset, std::min<std::size_t>(end * kPiece, size) - offset);
                       });
}

}  // namespace

std::byte *allocate(std::size_t size) {
  if (size >= kLarge) return map_pages(size);
  return static_cast<std::byte *>(
      std::aligned_alloc(kCacheLine, rounded(std::max<std::size_t>(size, 1))));
}

std::byte *allocate_zeroed(std::size_t size) {
  std::byte *const memory = allocate(size);
  if (memory && size && size < kLarge) std::memset(memory, 0, size);
  return memory;
}

void deallocate(std::byte *memory, std::size_t size) {
  if (size >= kLarge)
    munmap(memory, size);
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
  // One copy of the pattern, then what is there is doubled, up to a block that is then repeated.
  std::size_t done = pattern_size;
  std::memcpy(to, pattern, pattern_size);
  while (done < size) {
    const std::size_t next = std::min(
        {done, size - done, std::max(kPiece / pattern_size, std::size_t{1}) * pattern_size});
    std::memcpy(to + done, to, next);
    done += next;
  }
}

}  // namespace nexus::cpu
