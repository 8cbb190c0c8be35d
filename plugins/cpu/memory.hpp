// The operating system's memory, and moving a lot of it.
#pragma once

#include <cstddef>

namespace nexus::cpu {

// Zeroed memory aligned to a cache line, at least; NULL where there is not so much.
std::byte *allocate_zeroed(std::size_t size);
// Memory of any contents, for what is written at once.
std::byte *allocate(std::size_t size);
// The size is the one that it was allocated with.
void deallocate(std::byte *memory, std::size_t size);

// Large copies are spread over the pool's threads. The memory may not overlap.
void copy(void *to, const void *from, std::size_t size);

// `size` is a multiple of `pattern_size`.
void fill(std::byte *to, std::size_t size, const std::byte *pattern, std::size_t pattern_size);

}  // namespace nexus::cpu
