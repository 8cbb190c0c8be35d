#include "memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "context.hpp"

namespace standin {
namespace {

// Address range of all devices, inaccessible to the host; addresses are not reused soon.
constexpr std::size_t kReserved = std::size_t{1} << 40;
constexpr std::size_t kAlignment = 512;
// The gap between allocations: an access beyond the end of one is in no other.
constexpr std::size_t kGap = 512;
// Fill byte of fresh memory, up to a size at which filling is cheap.
constexpr int kGarbage = 0xcd;
constexpr std::size_t kMostGarbage = std::size_t{1} << 20;

std::byte *map_bytes(std::size_t size) {
  void *bytes = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  require(bytes != MAP_FAILED, CUDA_ERROR_OUT_OF_MEMORY);
  std::memset(bytes, kGarbage, std::min(size, kMostGarbage));
  return static_cast<std::byte *>(bytes);
}

}  // namespace

AddressSpace &address_space() {
  static auto *const all = new AddressSpace;
  return *all;
}

AddressSpace::AddressSpace() {
  void *reserved =
      mmap(nullptr, kReserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  require(reserved != MAP_FAILED, CUDA_ERROR_OUT_OF_MEMORY);
  reserved_ = reinterpret_cast<CUdeviceptr>(reserved);
  next_ = (reserved_ + kAlignment - 1) / kAlignment * kAlignment;
}

CUdeviceptr AddressSpace::place(std::size_t size) {
  const std::size_t step = (size + kGap + kAlignment - 1) / kAlignment * kAlignment;
  require(step < reserved_ + kReserved - next_, CUDA_ERROR_OUT_OF_MEMORY);
  const CUdeviceptr placed = next_;
  next_ += step;
  return placed;
}

Allocation AddressSpace::add(Allocation allocation) {
  allocation.id = ++last_id_;
  allocations_[allocation.base] = allocation;
  return allocation;
}

Allocation AddressSpace::allocate(std::size_t size, CUcontext context, int device, bool of_module) {
  require(size > 0);
  const std::unique_lock guard(mutex_);
  require(size <= options().memory && used_now(device) <= options().memory - size,
          CUDA_ERROR_OUT_OF_MEMORY);
  const CUdeviceptr base = place(size);
  return add({MemoryKind::device, base, size, map_bytes(size), context, device, 0, 0, of_module});
}

Allocation AddressSpace::allocate_host(std::size_t size, CUcontext context, int device,
                                       unsigned flags) {
  require(size > 0);
  std::byte *bytes = map_bytes(size);
  const std::unique_lock guard(mutex_);
  return add({MemoryKind::host, reinterpret_cast<CUdeviceptr>(bytes), size, bytes, context, device,
              flags, 0});
}

Allocation AddressSpace::adopt(void *pointer, std::size_t size, CUcontext context, int device,
                               unsigned flags) {
  require(pointer && size);
  const auto base = reinterpret_cast<CUdeviceptr>(pointer);
  require(!is_reserved(base));
  const std::unique_lock guard(mutex_);
  const auto after = allocations_.lower_bound(base + size);
  if (after != allocations_.begin())
    require(std::prev(after)->second.end() <= base, CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED);
  return add({MemoryKind::registered, base, size, static_cast<std::byte *>(pointer), context,
              device, flags, 0});
}

void AddressSpace::unmap(const Allocation &allocation) {
  if (allocation.kind != MemoryKind::registered) munmap(allocation.bytes, allocation.size);
}

void AddressSpace::release(CUdeviceptr base, MemoryKind kind) {
  const std::unique_lock guard(mutex_);
  const auto found = allocations_.find(base);
  const bool is_known = found != allocations_.end() && found->second.kind == kind;
  require(is_known, kind == MemoryKind::registered ? CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED
                                                   : CUDA_ERROR_INVALID_VALUE);
  unmap(found->second);
  allocations_.erase(found);
}

void AddressSpace::discard(CUdeviceptr base) noexcept {
  const std::unique_lock guard(mutex_);
  const auto found = allocations_.find(base);
  if (found == allocations_.end()) return;
  unmap(found->second);
  allocations_.erase(found);
}

void AddressSpace::release_all(CUcontext context) {
  const std::unique_lock guard(mutex_);
  std::erase_if(allocations_, [&](const auto &entry) {
    if (entry.second.context != context) return false;
    unmap(entry.second);
    return true;
  });
}

bool AddressSpace::find(CUdeviceptr address, Allocation &found) const {
  const std::shared_lock guard(mutex_);
  auto next = allocations_.upper_bound(address);
  if (next == allocations_.begin()) return false;
  found = (--next)->second;
  return address < found.end();
}

Allocation AddressSpace::at(CUdeviceptr address, std::size_t size) const {
  Allocation found;
  require(find(address, found) && size <= found.end() - address);
  return found;
}

bool AddressSpace::is_reserved(CUdeviceptr address) const {
  return address - reserved_ < kReserved;
}

std::byte *AddressSpace::device_bytes(CUdeviceptr address, std::size_t size) const {
  const Allocation found = at(address, size);
  return found.bytes + (address - found.base);
}

std::byte *AddressSpace::host_bytes(const void *pointer, std::size_t) const {
  require(pointer && !is_reserved(reinterpret_cast<CUdeviceptr>(pointer)));
  return static_cast<std::byte *>(const_cast<void *>(pointer));
}

std::byte *AddressSpace::unified_bytes(CUdeviceptr address, std::size_t size) const {
  if (is_reserved(address)) return device_bytes(address, size);
  return host_bytes(reinterpret_cast<const void *>(address), size);
}

std::size_t AddressSpace::used(int device) const {
  const std::shared_lock guard(mutex_);
  return used_now(device);
}

std::size_t AddressSpace::used_now(int device) const {
  std::size_t sum = 0;
  for (const auto &[base, allocation] : allocations_)
    if (allocation.kind == MemoryKind::device && allocation.device == device)
      sum += allocation.size;
  return sum;
}

long AddressSpace::count(MemoryKind kind, bool of_module) const {
  const std::shared_lock guard(mutex_);
  long count = 0;
  for (const auto &[base, allocation] : allocations_)
    count += allocation.kind == kind && allocation.of_module == of_module;
  return count;
}

ptx::Span ContextMemory::find(std::uint64_t address) const {
  Allocation found;
  if (!address_space().find(address, found)) return {};
  if (found.kind == MemoryKind::device && !context_.reaches(found.device)) return {};
  return {found.base, found.end(), found.bytes};
}

}  // namespace standin
