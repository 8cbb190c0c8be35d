/**
 * @file buffer.hpp
 * Buffers: memory of a device.
 */
#ifndef NEXUS_BUFFER_HPP
#define NEXUS_BUFFER_HPP

#include <nexus/detail/scalar.hpp>
#include <nexus/object.hpp>

#include <cstddef>
#include <iterator>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace nexus {

namespace detail {

/** What the copies of a buffer share. */
struct BufferState : State {
  using State::State;
  nxs_buffer_layout layout{};
  std::size_t size = 0;
};

/** Returns the size of a layout in bytes; that of one that overflows is refused by the plugin. */
inline std::size_t bytesOf(const nxs_buffer_layout &layout) {
  std::size_t elements = 1;
  for (nxs_uint d = 0; d < layout.rank && d < NXS_MAX_DIMS; ++d) elements *= layout.dim[d];
  const std::size_t bits = bitsOf(layout.data_type);
  return bits < 8 ? (elements + 1) / 2 : elements * (bits / 8);
}

}  // namespace detail

/**
 * Memory of a device, created by Device::createBuffer. Ranges are anything contiguous that
 * std::data and std::size take: std::vector, std::array, std::span, arrays. Copies and fills wait
 * for all submitted work that uses the buffer.
 */
class Buffer : public Closable {
 public:
  Buffer() = default;

  /** The size in bytes. */
  std::size_t size() const { return bufferState().size; }

  /** The type of the elements; Undefined for plain bytes. */
  nxs_data_type dataType() const {
    state();
    return type_;
  }

  /** The elements along each dimension, the outermost first; bytes where the type is undefined. */
  std::vector<std::size_t> shape() const {
    const nxs_buffer_layout &layout = bufferState().layout;
    if (type_ != static_cast<nxs_data_type>(layout.data_type)) {
      return {size() * 8 / detail::bitsOf(static_cast<nxs_uint>(type_))};
    }
    return {layout.dim, layout.dim + layout.rank};
  }

  /**
   * Copies the contents to a range of the same size, whose elements are of the buffer's type or
   * bytes.
   */
  template <class Range, detail::IfWritableRange<Range> = 0>
  void copyTo(Range &&out) const {
    require<detail::ElementOf<Range>>(std::size(out));
    transfer(std::data(out), NXS_BufferDeviceToHost);
  }

  /** Overwrites the contents with those of a range, as for copyTo. */
  template <class Range, detail::IfRange<const Range> = 0>
  void copyFrom(const Range &in) const {
    require<detail::ElementOf<const Range>>(std::size(in));
    // The plugin only reads it.
    transfer(const_cast<void *>(static_cast<const void *>(std::data(in))), NXS_BufferHostToDevice);
  }

  /** Returns the contents as elements of the buffer's type, or as bytes. */
  template <class T>
  std::vector<T> to() const {
    static_assert(std::is_trivially_copyable_v<T> && !std::is_same_v<T, bool>,
                  "elements have to be trivially copyable, and not bool");
    std::vector<T> all(size() / sizeof(T));
    copyTo(all);
    return all;
  }

  /** Sets every element to a number, converted to the buffer's type; plain bytes to a byte. */
  template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
  void fill(T value) const {
    const auto type = dataType() == NXS_DataType_Undefined ? NXS_DataType_U8 : dataType();
    const detail::Number number(value);
    detail::Scalar scalar;
    const detail::Conversion result = detail::convert(number, type, scalar);
    if (result != detail::Conversion::done) {
      detail::throwConversion(result, number, type, "the value to fill " + describe() + " with",
                              "nxsFillBuffer");
    }
    fillWith(scalar.bytes, detail::bitsOf(static_cast<nxs_uint>(type)) / 8);
  }

  /** Repeats the bytes of a range, whose size divides that of the buffer. */
  template <class Range, detail::IfRange<const Range> = 0>
  void fill(const Range &pattern) const {
    fillWith(std::data(pattern), std::size(pattern) * sizeof(*std::data(pattern)));
  }

  /**
   * Returns the same buffer with elements of another type: nothing is copied or converted. Closing
   * either closes both. Void or std::byte stand for plain bytes.
   */
  template <class T>
  Buffer view() const {
    return view(detail::dataTypeOf<T>);
  }
  Buffer view(nxs_data_type type) const {
    if (size() * 8 % detail::bitsOf(static_cast<nxs_uint>(type))) {
      throw ArgumentError(describe() + " of " + std::to_string(size()) +
                              " bytes is not a whole number of elements of " +
                              dataTypeName(static_cast<nxs_uint>(type)),
                          NXS_InvalidBufferSize);
    }
    Buffer other = *this;
    other.type_ = type;
    return other;
  }

 private:
  friend struct detail::Access;
  explicit Buffer(detail::Reference<detail::State> state) : Closable(std::move(state)) {
    type_ = static_cast<nxs_data_type>(bufferState().layout.data_type);
  }

  const detail::BufferState &bufferState() const {
    return static_cast<const detail::BufferState &>(state());
  }

  template <class T>
  void require(std::size_t count) const {
    constexpr nxs_data_type type = detail::dataTypeOf<T>;
    const bool isBytes = sizeof(T) == 1 && type != NXS_DataType_Bool;
    if (count * sizeof(T) != size()) throwSize(count * sizeof(T));
    if (!isBytes &&
        !detail::areCompatible(static_cast<nxs_uint>(type), static_cast<nxs_uint>(type_))) {
      throwType(type);
    }
  }

  [[noreturn]] void throwSize(std::size_t bytes) const {
    throw ArgumentError(describe() + " has " + std::to_string(size()) + " bytes, but the range " +
                            std::to_string(bytes),
                        NXS_InvalidBufferSize, "nxsCopyBuffer");
  }

  [[noreturn]] void throwType(nxs_data_type type) const {
    throw ArgumentError(describe() + " has elements of " +
                            dataTypeName(static_cast<nxs_uint>(type_)) + ", but the range has " +
                            dataTypeName(static_cast<nxs_uint>(type)) +
                            "; use a view of the buffer, or convert the range",
                        NXS_InvalidArgValue, "nxsCopyBuffer");
  }

  void transfer(void *host, nxs_uint direction) const {
    // A range of no elements may have no address, and no plugin uses it.
    char nothing = 0;
    void *const memory = host ? host : &nothing;
    checked(NEXUS_CALL(plugin(), CopyBuffer, handle(), memory, direction), "nxsCopyBuffer");
  }

  void fillWith(const void *pattern, std::size_t bytes) const {
    const auto length = static_cast<nxs_uint>(bytes);
    void *const memory = const_cast<void *>(pattern);
    checked(NEXUS_CALL(plugin(), FillBuffer, handle(), memory, length), "nxsFillBuffer",
            [&] { return "filling " + describe() + " with " + std::to_string(bytes) + " bytes"; });
  }

  nxs_data_type type_ = NXS_DataType_Undefined;
};

}  // namespace nexus

#endif  // NEXUS_BUFFER_HPP
