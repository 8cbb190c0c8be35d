// Buffers in memory that host and device share, or in the device's own.
#pragma once

#include <nexus-sdk/objects/buffer.hpp>

#include "driver/driver.hpp"

namespace nexus::opencl {
using namespace sdk;

class ClDevice;

// Memory that the buffer owns and frees.
class Memory {
 public:
  Memory(const ClDevice &device, const Buffer::Request &request);
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;
  ~Memory();

  // OpenCL's object; NULL for memory that kernels get by its address.
  cl::Mem object() const { return object_; }
  // The address at which the host accesses the memory itself; NULL if it must not.
  std::byte *host() const { return host_; }
  // Whether it is known to hold zeros after its allocation.
  bool begins_with_zeros() const { return kind_ == Kind::kPages; }

 private:
  void allocate(const Buffer::Request &request);
  cl::Int attempt(const Buffer::Request &request);
  void wrap(const Buffer::Request &request);

  // Pages of the system's are zeros without being written, and take no memory before they are used.
  enum class Kind { kObject, kShared, kPages, kForeign };

  static Kind kind_of(const ClDevice &device, const Buffer::Request &request);

  const ClDevice &device_;
  const Kind kind_;
  const std::size_t size_;
  cl::Mem object_ = nullptr;
  std::byte *host_ = nullptr;
};

class ClBuffer final : public Buffer {
 public:
  ClBuffer(const ClDevice &device, const Request &request);

  void read(void *host) override;
  void write(const void *host) override;
  void fill(const void *pattern, std::size_t pattern_size) override;
  // The host's address of the memory, or OpenCL's object.
  nxs_ulong address() const override;

  const Memory &memory() const { return memory_; }

  // Different for each buffer of the process. An address or object may come back after its release.
  const nxs_ulong number;

 private:
  const ClDevice &device_;
  const Memory memory_;
};

}  // namespace nexus::opencl
