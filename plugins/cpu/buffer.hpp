// Buffers in the host's memory.
#pragma once

#include <nexus-sdk/objects/buffer.hpp>

#include <memory>

namespace nexus::cpu {
using namespace sdk;

class CpuBuffer final : public Buffer {
 public:
  CpuBuffer(const Device &device, const Request &request);
  ~CpuBuffer() override;

  void read(void *host) override;
  void write(const void *host) override;
  void fill(const void *pattern, std::size_t pattern_size) override;
  nxs_ulong address() const override { return reinterpret_cast<nxs_ulong>(data_); }

 private:
  std::byte *data_;
  const bool owned_;
};

}  // namespace nexus::cpu
