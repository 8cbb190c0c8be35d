// Buffers: memory that host and GPU share, or that is the GPU's alone.
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
  // Where the host finds the memory; 0 where it cannot, as it is the GPU's alone.
  nxs_ulong address() const override { return reinterpret_cast<nxs_ulong>(host_); }

  id<MTLBuffer> handle() const { return buffer_; }

 private:
  // Of memory that host and GPU share, for data on their way.
  id<MTLBuffer> staging(std::size_t size) const;

  const MetalDevice &device_;
  const id<MTLBuffer> buffer_;
  // NULL where the host has no access.
  std::byte *const host_;
};

}  // namespace nexus::metal
