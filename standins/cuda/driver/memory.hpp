// The unified address space: device memory at addresses that the host cannot use, and host memory
// that the devices can reach.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "../ptx/launch.hpp"
#include "../ptx/program.hpp"
#include "api/api.hpp"

namespace standin {

enum class MemoryKind { device, host, registered };

struct Allocation {
  MemoryKind kind;
  CUdeviceptr base;
  std::size_t size;
  std::byte *bytes;  // as the driver itself reaches them
  CUcontext context;
  int device;
  unsigned flags;
  unsigned long long id;
  bool of_module = false;

  CUdeviceptr end() const { return base + size; }
};

class AddressSpace {
 public:
  Allocation allocate(std::size_t size, CUcontext context, int device, bool of_module = false);
  Allocation allocate_host(std::size_t size, CUcontext context, int device, unsigned flags);
  Allocation adopt(void *pointer, std::size_t size, CUcontext context, int device, unsigned flags);
  // Fails where nothing of that kind begins at that address.
  void release(CUdeviceptr base, MemoryKind kind);
  // Releases it if it is still there.
  void discard(CUdeviceptr base) noexcept;
  void release_all(CUcontext context);

  // The allocation that has all these bytes; fails with INVALID_VALUE where none has.
  Allocation at(CUdeviceptr address, std::size_t size = 0) const;
  bool find(CUdeviceptr address, Allocation &found) const;
  // Whether the address is one of those kept for devices, allocated or not.
  bool is_reserved(CUdeviceptr address) const;

  // Bytes of device memory, of host memory, or of either as the address tells.
  std::byte *device_bytes(CUdeviceptr address, std::size_t size) const;
  std::byte *host_bytes(const void *pointer, std::size_t size) const;
  std::byte *unified_bytes(CUdeviceptr address, std::size_t size) const;

  std::size_t used(int device) const;
  long count(MemoryKind kind, bool of_module = false) const;

 private:
  AddressSpace();
  friend AddressSpace &address_space();
  CUdeviceptr place(std::size_t size);
  std::size_t used_now(int device) const;
  Allocation add(Allocation allocation);
  static void unmap(const Allocation &allocation);

  mutable std::shared_mutex mutex_;
  std::map<CUdeviceptr, Allocation> allocations_;
  CUdeviceptr reserved_ = 0, next_ = 0;
  unsigned long long last_id_ = 0;
};

AddressSpace &address_space();

// What the kernels of a context reach.
class ContextMemory : public ptx::DeviceMemory {
 public:
  explicit ContextMemory(CUctx_st &context) : context_(context) {}
  ptx::Span find(std::uint64_t address) const override;

 private:
  CUctx_st &context_;
};

}  // namespace standin
