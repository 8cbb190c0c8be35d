// Buffers: what a backend implements, and what is common to all backends.
#pragma once

#include <nexus-sdk/base/handle_table.hpp>
#include <nexus-sdk/base/property.hpp>
#include <nexus-sdk/objects/buffer_uses.hpp>
#include <nexus-sdk/objects/layout.hpp>

#include <mutex>

namespace nexus::sdk {

class Device;

class Buffer : public Object {
 public:
  static constexpr Kind kKind = Kind::kBuffer;

  // The arguments of CreateBuffer after they have been checked.
  struct Request {
    nxs_buffer_layout layout;
    std::size_t size;
    // The initial contents, `size` bytes, or NULL for zeros. With `wrap`, the device memory to use
    // as the buffer.
    void *host_ptr;
    bool wrap;
    nxs_uint settings;
  };

  Buffer(const Device &device, const Request &request)
      : Object(kKind), device(device), layout(request.layout), size(request.size) {}

  // Each copies the whole buffer and returns when the host memory is no longer needed. No work in
  // flight uses the buffer meanwhile, unless the program submits it during the call.
  virtual void read(void *host) = 0;
  virtual void write(const void *host) = 0;
  // `pattern_size` divides `size`, and neither is 0.
  virtual void fill(const void *pattern, std::size_t pattern_size) = 0;
  // The address in the device's memory; with unified memory, also the host's address.
  virtual nxs_ulong address() const = 0;

  Property property(nxs_property id) const {
    switch (id) {
      case NP_Size: return integer(size);
      case NP_Rank: return integer(layout.rank);
      case NP_Shape: return std::vector<nxs_long>(layout.dim, layout.dim + layout.rank);
      case NP_DataType: return std::string(data_type_info(layout.data_type).name);
      case NP_Value: return integer(address());
      default: return {};
    }
  }

  // The runs in flight that use the buffer; copies and fills wait for them.
  BufferUses uses;
  // Held during each copy and fill, so that they do not overlap.
  std::mutex mutex;
  const Device &device;
  const nxs_buffer_layout layout;
  const std::size_t size;
};

}  // namespace nexus::sdk
