// Small blocks of memory that begin on cache lines, without the room that malloc needs between
// them.
#pragma once

#include <cstddef>

#include "memory.hpp"

namespace nexus::cpu {

inline constexpr std::size_t kMostSmallBlock = 17 * kCacheLine;

// Returns uninitialized memory of up to kMostSmallBlock bytes; NULL if there is not enough.
void *take_small_block(std::size_t size);
void return_small_block(void *block);

}  // namespace nexus::cpu
