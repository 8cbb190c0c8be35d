// Buffers in the host's memory.
#pragma once

#include <nexus-sdk/objects/buffer.hpp>

#include <memory>

namespace nexus::cpu {
using namespace sdk;

class CpuBuffer final : public Buffer {
 public:
  // The contents of a small buffer follow the object in one block of memory.
  static Ref<Buffer> create(const Device &device, const Request &request);
  ~CpuBuffer() override;

  static void *operator new(std::size_t size, std::size_t behind);
  static void operator delete(void *memory);
  static void operator delete(void *memory, std::size_t behind);

  void read(void *host) override;
  void write(const void *host) override;
  void fill(const void *pattern, std::size_t pattern_size) override;
  nxs_ulong address() const override { return reinterpret_cast<nxs_ulong>(data_); }

 private:
  CpuBuffer(const Device &device, const Request &request, std::byte *data, bool owned)
      : Buffer(device, request), data_(data), owned_(owned) {}

  std::byte *data_;
  const bool owned_;
};

}  // namespace nexus::cpu
