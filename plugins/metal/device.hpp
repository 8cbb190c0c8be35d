// One GPU.
#pragma once

#import <Metal/Metal.h>

#include <nexus-sdk/objects/device.hpp>

#include <mutex>

#include "error.hpp"

namespace nexus::metal {
using namespace sdk;

class MetalDevice final : public Device {
 public:
  explicit MetalDevice(id<MTLDevice> device) : device_(device) {}

  Property property(nxs_property key) const override;
  Ref<Buffer> create_buffer(const Buffer::Request &request) override;
  Ref<Library> create_library(std::span<const std::byte> image) override;
  Ref<Library> create_library_from_file(const std::string &path) override;
  Ref<Stream> create_stream(nxs_uint settings) override;

  // Runs the copies that `encode` adds to a blit encoder. Returns when they are done.
  template <class Encode>
  void transfer(const Encode &encode) const {
    id<MTLCommandBuffer> buffer = made([transfers() commandBuffer], "command buffer");
    id<MTLBlitCommandEncoder> blit = made([buffer blitCommandEncoder], "encoder of copies");
    encode(blit);
    [blit endEncoding];
    [buffer commit];
    [buffer waitUntilCompleted];
    if ([buffer status] != MTLCommandBufferStatusCompleted)
      throw error_of_work([buffer error], "moving data");
  }

  id<MTLDevice> handle() const { return device_; }

 private:
  id<MTLCommandQueue> transfers() const;

  const id<MTLDevice> device_;
  mutable std::mutex mutex_;
  mutable id<MTLCommandQueue> transfers_ = nil;
};

}  // namespace nexus::metal
