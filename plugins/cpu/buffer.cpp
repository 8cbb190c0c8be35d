#include "buffer.hpp"

#include <cstdint>

#include "memory.hpp"

namespace nexus::cpu {
namespace {

std::byte *storage(const Buffer::Request &request) {
  if (request.wrap) return static_cast<std::byte *>(request.host_ptr);
  std::byte *const memory =
      request.host_ptr ? allocate(request.size) : allocate_zeroed(request.size);
  if (!memory)
    fail(NXS_MemObjectAllocationFailure, "no ", request.size, " bytes of memory are free");
  if (request.host_ptr) copy(memory, request.host_ptr, request.size);
  return memory;
}

// The host memory of a copy can be the very memory that the buffer wraps.
void copy_apart(void *to, const void *from, std::size_t size) {
  const auto a = reinterpret_cast<std::uintptr_t>(to), b = reinterpret_cast<std::uintptr_t>(from);
  if (a == b) return;
  if ((a > b ? a - b : b - a) < size)
    fail(NXS_MemCopyOverlap, "the buffer's ", size, " bytes overlap those of the host memory");
  copy(to, from, size);
}

}  // namespace

CpuBuffer::CpuBuffer(const Device &device, const Request &request)
    : Buffer(device, request), data_(storage(request)), owned_(!request.wrap) {}

CpuBuffer::~CpuBuffer() {
  if (owned_) deallocate(data_, size);
}

void CpuBuffer::read(void *host) { copy_apart(host, data_, size); }

void CpuBuffer::write(const void *host) { copy_apart(data_, host, size); }

void CpuBuffer::fill(const void *pattern, std::size_t pattern_size) {
  cpu::fill(data_, size, static_cast<const std::byte *>(pattern), pattern_size);
}

}  // namespace nexus::cpu
