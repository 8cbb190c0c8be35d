// Memory between two pages that cannot be accessed, so that a wrong index crashes where it is used.
#pragma once

#include <cstddef>

namespace nexus::cpu {

// Zeroed memory that ends where the second page begins; NULL if there is not enough. Aligned to the
// largest power of two that divides the size, up to that of a page.
std::byte *allocate_guarded(std::size_t size);
// `size` is the size of the allocation.
void deallocate_guarded(std::byte *memory, std::size_t size);

}  // namespace nexus::cpu
