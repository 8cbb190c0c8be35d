// Buffers: what a backend implements, and what is common to all backends.
#pragma once

#include <nexus-sdk/base/handle_table.hpp>
#include <nexus-sdk/base/property.hpp>
#include <nexus-sdk/base/small_mutex.hpp>
#include <nexus-sdk/objects/buffer_uses.hpp>
#include <nexus-sdk/objects/layout.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

namespace nexus::sdk {

class Device;

// Programs may have millions of small buffers, so a buffer is as small as the cache line that it
// begins: a backend's class for small ones has no room for members.
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
      : Object(kKind),
        device(device),
        size(request.size),
        data_type_(static_cast<std::uint8_t>(request.layout.data_type)),
        rank_(static_cast<std::uint8_t>(request.layout.rank)),
        dimensions_(stored_dimensions(request)) {}

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
      case NP_Rank: return integer(rank_);
      case NP_Shape: return shape();
      case NP_DataType: return std::string(data_type_info(data_type_).name);
      case NP_Value: return integer(address());
      default: return {};
    }
  }

  const Device &device;
  const std::size_t size;
  // The runs in flight that use the buffer; copies and fills wait for them.
  [[no_unique_address]] BufferUses uses;
  // Held during each copy and fill, so that they do not overlap.
  [[no_unique_address]] SmallMutex mutex;

 private:
  // Without dimensions the shape is as many elements as fit into the size.
  static std::unique_ptr<const nxs_long[]> stored_dimensions(const Request &request) {
    const nxs_buffer_layout &layout = request.layout;
    const nxs_ulong bits = data_type_info(layout.data_type).bits;
    if (layout.rank == 0 || (layout.rank == 1 && layout.dim[0] * bits == request.size * 8))
      return nullptr;
    auto dimensions = std::make_unique<nxs_long[]>(layout.rank);
    std::copy(layout.dim, layout.dim + layout.rank, dimensions.get());
    return dimensions;
  }

  std::vector<nxs_long> shape() const {
    if (dimensions_) return {dimensions_.get(), dimensions_.get() + rank_};
    const std::size_t bits = data_type_info(data_type_).bits;
    if (rank_ == 0 || bits == 0) return {};
    return {static_cast<nxs_long>(size * 8 / bits)};
  }

  const std::uint8_t data_type_, rank_;
  const std::unique_ptr<const nxs_long[]> dimensions_;
};

}  // namespace nexus::sdk
