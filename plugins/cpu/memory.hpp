// Allocates large memory, and copies and fills it with several threads.
#pragma once

#include <cstddef>

namespace nexus::cpu {

inline constexpr std::size_t kCacheLine = 64;

// Zeroed memory, aligned at least to a cache line, unless NEXUS_CPU_DEBUG is set; NULL if there is
// not enough.
std::byte *allocate_zeroed(std::size_t size);
// Uninitialized memory, for callers that overwrite it immediately.
std::byte *allocate(std::size_t size);
// `size` is the size of the allocation.
void deallocate(std::byte *memory, std::size_t size);

// Large copies are spread over the pool's threads. The memory may not overlap.
void copy(void *to, const void *from, std::size_t size);

// `size` is a multiple of `pattern_size`.
void fill(std::byte *to, std::size_t size, const std::byte *pattern, std::size_t pattern_size);

}  // namespace nexus::cpu
