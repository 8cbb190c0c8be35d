// Buffers: what the SDK knows of one, and what a backend supplies.
#pragma once

#include <nexus-sdk/abi/handle_table.hpp>
#include <nexus-sdk/abi/property.hpp>
#include <nexus-sdk/objects/layout.hpp>

#include <mutex>

namespace nexus::sdk {

class Device;

class Buffer : public Object {
 public:
  static constexpr Kind kKind = Kind::kBuffer;

  // What CreateBuffer was asked for, checked.
  struct Request {
    nxs_buffer_layout layout;
    std::size_t size;
    // The first contents, `size` bytes, or NULL for zeros. With `wrap`, the device memory to use.
    void *host_ptr;
    bool wrap;
    nxs_uint settings;
  };

  Buffer(const Device &device, const Request &request)
      : Object(kKind), device(device), layout(request.layout), size(request.size) {}

  // All of these move the whole buffer and return when the host memory is no longer needed.
  virtual void read(void *host) = 0;
  virtual void write(const void *host) = 0;
  // `pattern_size` divides `size` and neither is 0.
  virtual void fill(const void *pattern, std::size_t pattern_size) = 0;
  // The address in the device's memory; on a device with unified memory the host can use it too.
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

  // Held by copies and fills, so that each sees the contents whole.
  std::mutex mutex;
  const Device &device;
  const nxs_buffer_layout layout;
  const std::size_t size;
};

}  // namespace nexus::sdk
