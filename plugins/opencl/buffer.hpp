// Buffers in memory that host and device share, or in the device's own.
#pragma once

#include <nexus-sdk/objects/buffer.hpp>

#include <memory>

#include "driver.hpp"

namespace nexus::opencl {
using namespace sdk;

class ClDevice;

class ClBuffer final : public Buffer {
 public:
  ClBuffer(const ClDevice &device, const Request &request);

  void read(void *host) override;
  void write(const void *host) override;
  void fill(const void *pattern, std::size_t pattern_size) override;
  // The host's address of the memory, or OpenCL's object.
  nxs_ulong address() const override;

  // Makes the buffer an argument of a kernel.
  cl::Int set_argument(cl::Kernel kernel, cl::Uint index) const;

  // Different for each buffer of the process. An address or object may come back after its release.
  const nxs_ulong number;

 private:
  void wrap(void *memory);
  void allocate(nxs_uint settings);
  cl::Int attempt(nxs_uint settings);
  bool uses_pages() const;
  // Copies as many bytes as the buffer has, between places that the host accesses.
  void copy(void *to, const void *from) const;

  const ClDevice &device_;
  // OpenCL's object; NULL for memory that kernels get by its address.
  OwnedMem object_;
  // The address at which the host accesses the memory itself; NULL if it must not.
  std::shared_ptr<std::byte> host_;
};

}  // namespace nexus::opencl
