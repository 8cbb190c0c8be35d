#include "guarded_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace nexus::cpu {
namespace {

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

// The bytes of the pages that hold the memory; one page for none.
std::size_t inner(std::size_t size) {
  const std::size_t page = page_size();
  return size == 0 ? page : (size + page - 1) / page * page;
}

}  // namespace

std::byte *allocate_guarded(std::size_t size) {
  const std::size_t page = page_size(), bytes = inner(size);
  void *const memory =
      mmap(nullptr, bytes + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  auto *const first = static_cast<std::byte *>(memory) + page;
  if (mprotect(first, bytes, PROT_READ | PROT_WRITE) != 0) {
    munmap(memory, bytes + 2 * page);
    return nullptr;
  }
  return first + bytes - size;
}

void deallocate_guarded(std::byte *memory, std::size_t size) {
  const std::size_t page = page_size(), bytes = inner(size);
  munmap(memory + size - bytes - page, bytes + 2 * page);
}

}  // namespace nexus::cpu
