#include "buffer.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#include "memory.hpp"
#include "settings.hpp"

namespace nexus::cpu {
namespace {

// Contents up to this size are kept in the block of the object.
constexpr std::size_t kSmall = 1024;

std::byte *storage(const Buffer::Request &request) {
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

Ref<Buffer> CpuBuffer::create(const Device &device, const Request &request) {
  if (request.wrap)
    return Ref<Buffer>(new (std::size_t{0}) CpuBuffer(
        device, request, static_cast<std::byte *>(request.host_ptr), false));
  if (request.size > kSmall || settings().debug) {
    std::byte *const memory = storage(request);
    try {
      return Ref<Buffer>(new (std::size_t{0}) CpuBuffer(device, request, memory, true));
    } catch (...) {
      deallocate(memory, request.size);
      throw;
    }
  }
  auto *const buffer =
      new (kCacheLine - 1 + request.size) CpuBuffer(device, request, nullptr, false);
  const auto end = reinterpret_cast<std::uintptr_t>(buffer + 1);
  buffer->data_ = reinterpret_cast<std::byte *>(buffer + 1) + (0 - end) % kCacheLine;
  if (request.host_ptr)
    std::memcpy(buffer->data_, request.host_ptr, request.size);
  else
    std::memset(buffer->data_, 0, request.size);
  return Ref<Buffer>(buffer);
}

// malloc keeps small blocks for each thread, which aligned_alloc does not use.
void *CpuBuffer::operator new(std::size_t size, std::size_t behind) {
  if (void *const memory = std::malloc(size + behind)) return memory;
  throw std::bad_alloc();
}

void CpuBuffer::operator delete(void *memory) { std::free(memory); }

void CpuBuffer::operator delete(void *memory, std::size_t) { std::free(memory); }

CpuBuffer::~CpuBuffer() {
  if (owned_) deallocate(data_, size);
}

void CpuBuffer::read(void *host) { copy_apart(host, data_, size); }

void CpuBuffer::write(const void *host) { copy_apart(data_, host, size); }

void CpuBuffer::fill(const void *pattern, std::size_t pattern_size) {
  cpu::fill(data_, size, static_cast<const std::byte *>(pattern), pattern_size);
}

}  // namespace nexus::cpu
