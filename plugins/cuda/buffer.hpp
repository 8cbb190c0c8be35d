// Buffers in a GPU's memory, and in memory of the host that the GPU reads.
#pragma once

#include <nexus-sdk/objects/buffer.hpp>

#include "driver.hpp"

namespace nexus::cuda {
using namespace sdk;

class CudaDevice;

// Memory that was allocated, and is freed in the end.
class Memory {
 public:
  enum class Kind { kDevice, kPinned, kForeign };
  Memory(const CudaDevice &device, const Buffer::Request &request);
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;
  ~Memory();

  cu::Pointer address() const { return address_; }

 private:
  void allocate(std::size_t size);
  void wrap(const Buffer::Request &request);

  const CudaDevice &device_;
  const Kind kind_;
  void *host_ = nullptr;
  cu::Pointer address_ = 0;
};

class CudaBuffer final : public Buffer {
 public:
  CudaBuffer(const CudaDevice &device, const Request &request);

  // The driver finds out whose memory the pointers are to: they may also be addresses of another
  // GPU.
  void read(void *host) override;
  void write(const void *host) override;
  void fill(const void *pattern, std::size_t pattern_size) override;
  nxs_ulong address() const override { return memory_.address(); }

 private:
  void fill_by_doubling(const void *pattern, std::size_t pattern_size, cu::Stream stream);

  const CudaDevice &device_;
  const Memory memory_;
};

}  // namespace nexus::cuda
