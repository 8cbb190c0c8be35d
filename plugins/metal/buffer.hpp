// Buffers in memory that host and GPU share, or in the GPU's private memory.
#pragma once

#import <Metal/Metal.h>

#include <nexus-sdk/objects/buffer.hpp>

namespace nexus::metal {
using namespace sdk;

class MetalDevice;

class MetalBuffer final : public Buffer {
 public:
  MetalBuffer(const MetalDevice &device, const Request &request);

  void read(void *host) override;
  void write(const void *host) override;
  void fill(const void *pattern, std::size_t pattern_size) override;
  // The host's address of the memory; 0 if it is private to the GPU.
  nxs_ulong address() const override { return reinterpret_cast<nxs_ulong>(host_); }

  id<MTLBuffer> handle() const { return buffer_; }

 private:
  // A staging buffer in shared memory.
  id<MTLBuffer> staging(std::size_t size) const;

  const MetalDevice &device_;
  const id<MTLBuffer> buffer_;
  // NULL if the host has no access.
  std::byte *const host_;
};

}  // namespace nexus::metal
