#include "buffer.hpp"

#include <nexus-sdk/base/host_memory.hpp>

#include <cstring>
#include <new>

#include "memory.hpp"
#include "settings.hpp"
#include "small_blocks.hpp"

namespace nexus::cpu {
namespace {

[[noreturn]] void fail_without_memory(std::size_t size) {
  fail(NXS_MemObjectAllocationFailure, "no ", size, " bytes of memory are free");
}

std::byte *storage(const Buffer::Request &request) {
  std::byte *const memory =
      request.host_ptr ? allocate(request.size) : allocate_zeroed(request.size);
  if (!memory) fail_without_memory(request.size);
  if (request.host_ptr) copy(memory, request.host_ptr, request.size);
  return memory;
}

// The host memory of a copy can be the very memory that the buffer wraps.
void copy_apart(void *to, const void *from, std::size_t size) {
  if (to == from) return;
  if (overlap(to, from, size))
    fail(NXS_MemCopyOverlap, "the buffer's ", size, " bytes overlap those of the host memory");
  copy(to, from, size);
}

// Memory that is not a part of the object.
class SeparateBuffer final : public CpuBuffer {
 public:
  SeparateBuffer(const Device &device, const Request &request)
      : CpuBuffer(device, request),
        data_(request.wrap ? static_cast<std::byte *>(request.host_ptr) : storage(request)),
        owned_(!request.wrap) {}
  ~SeparateBuffer() override {
    if (owned_) deallocate(data_, size);
  }

  nxs_ulong address() const override { return reinterpret_cast<nxs_ulong>(data_); }

 private:
  std::byte *const data_;
  const bool owned_;
};

// Contents that follow the object, which lies on a cache line, in one block of memory.
class SmallBuffer final : public CpuBuffer {
 public:
  explicit SmallBuffer(const Device &device, const Request &request) : CpuBuffer(device, request) {
    if (request.host_ptr)
      std::memcpy(contents(), request.host_ptr, request.size);
    else
      std::memset(contents(), 0, request.size);
  }

  static bool fits(const Request &request) {
    return !request.wrap && request.size <= kMostSmallBlock - kObject && !settings().debug;
  }

  static void *operator new(std::size_t, const Request &request) {
    if (void *const block = take_small_block(kObject + request.size)) return block;
    fail_without_memory(request.size);
  }
  static void operator delete(void *block) { return_small_block(block); }
  static void operator delete(void *block, const Request &) { return_small_block(block); }

  nxs_ulong address() const override { return reinterpret_cast<nxs_ulong>(contents()); }

 private:
  static constexpr std::size_t kObject =
      (sizeof(CpuBuffer) + kCacheLine - 1) / kCacheLine * kCacheLine;

  std::byte *contents() const {
    return reinterpret_cast<std::byte *>(const_cast<SmallBuffer *>(this)) + kObject;
  }
};

}  // namespace

Ref<Buffer> CpuBuffer::create(const Device &device, const Request &request) {
  if (SmallBuffer::fits(request))
    return Ref<Buffer>::first(new (request) SmallBuffer(device, request));
  return make_ref<SeparateBuffer>(device, request);
}

void CpuBuffer::read(void *host) { copy_apart(host, data(), size); }

void CpuBuffer::write(const void *host) { copy_apart(data(), host, size); }

void CpuBuffer::fill(const void *pattern, std::size_t pattern_size) {
  cpu::fill(data(), size, static_cast<const std::byte *>(pattern), pattern_size);
}

}  // namespace nexus::cpu
