// Fills host memory with a pattern.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace nexus::sdk {

// Calls copy(done, step), which copies the first `step` bytes to the offset `done`, until `size`
// bytes repeat the first `done` ones. Each copy doubles them, up to `most` bytes.
template <class Copy>
void repeat_by_copies(std::size_t done, std::size_t size, std::size_t most, const Copy &copy) {
  while (done < size) {
    const std::size_t step = std::min({done, size - done, most});
    copy(done, step);
    done += step;
  }
}

// Fills `size` bytes with the repeated pattern, which is not longer. Neither size is 0.
inline void repeat(std::byte *memory, std::size_t size, const void *pattern,
                   std::size_t pattern_size) {
  // What is copied at a time; it stays in the processor's cache.
  constexpr std::size_t kPiece = std::size_t{256} << 10;
  if (pattern_size == 1)
    return static_cast<void>(
        std::memset(memory, *static_cast<const unsigned char *>(pattern), size));
  const std::size_t most = std::max(kPiece / pattern_size, std::size_t{1}) * pattern_size;
  std::memcpy(memory, pattern, pattern_size);
  repeat_by_copies(pattern_size, size, most, [&](std::size_t done, std::size_t step) {
    std::memcpy(memory + done, memory, step);
  });
}

}  // namespace nexus::sdk
