// The host's memory: pages of the system, and ranges that overlap.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>

namespace nexus::sdk {

// Pages of the system, for munmap; huge ones where the system has them. They are zeros, and take no
// memory before they are used. NULL if there is no memory.
inline std::byte *map_pages(std::size_t size) {
  void *const memory =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
#if defined(MADV_HUGEPAGE)
  madvise(memory, size, MADV_HUGEPAGE);
#endif
  return static_cast<std::byte *>(memory);
}

// Whether two ranges of `size` bytes have a byte in common.
inline bool overlap(const void *one, const void *other, std::size_t size) {
  const auto a = reinterpret_cast<std::uintptr_t>(one), b = reinterpret_cast<std::uintptr_t>(other);
  return (a > b ? a - b : b - a) < size;
}

}  // namespace nexus::sdk
