// Buffers in the host's memory.
#pragma once

#include <nexus-sdk/objects/buffer.hpp>

#include <cstddef>

namespace nexus::cpu {
using namespace sdk;

class CpuBuffer : public Buffer {
 public:
  static Ref<Buffer> create(const Device &device, const Request &request);

  void read(void *host) override;
  void write(const void *host) override;
  void fill(const void *pattern, std::size_t pattern_size) override;

 protected:
  using Buffer::Buffer;
  std::byte *data() const { return reinterpret_cast<std::byte *>(address()); }
};

}  // namespace nexus::cpu
