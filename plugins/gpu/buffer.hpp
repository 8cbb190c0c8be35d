// Buffers in a GPU's memory, or in host memory that the GPU accesses.
#pragma once

#include <nexus-sdk/objects/buffer.hpp>

#include "driver/driver.hpp"

namespace nexus::gpu {
using namespace sdk;

class GpuDevice;

// Memory that the buffer owns and frees.
class Memory {
 public:
  enum class Kind { kDevice, kPinned, kForeign };
  Memory(const GpuDevice &device, const Buffer::Request &request);
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;
  ~Memory();

  native::Pointer address() const { return address_; }

 private:
  void allocate(std::size_t size);
  void wrap(const Buffer::Request &request);

  const GpuDevice &device_;
  const Kind kind_;
  void *host_ = nullptr;
  native::Pointer address_ = 0;
};

class GpuBuffer final : public Buffer {
 public:
  GpuBuffer(const GpuDevice &device, const Request &request);

  // `host` may also be an address on another GPU: the driver determines where each pointer leads.
  void read(void *host) override;
  void write(const void *host) override;
  void fill(const void *pattern, std::size_t pattern_size) override;
  nxs_ulong address() const override { return memory_.address(); }

 private:
  void fill_by_doubling(const void *pattern, std::size_t pattern_size, native::Stream stream);

  const GpuDevice &device_;
  const Memory memory_;
};

}  // namespace nexus::gpu
