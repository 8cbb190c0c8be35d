/**
 * @file data_types.hpp
 * The data types of C++ types, their sizes, and which can stand for each other.
 */
#ifndef NEXUS_DETAIL_DATA_TYPES_HPP
#define NEXUS_DETAIL_DATA_TYPES_HPP

#include <nexus-api.h>

#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>

namespace nexus {

/**
 * The data type of the elements of a C++ type; Undefined, plain bytes, for types that have none.
 * Specialize it for a type of your own, such as a 16-bit float:
 *
 *     template <> struct nexus::DataTypeOf<Half> {
 *       static constexpr nxs_data_type value = NXS_DataType_F16;
 *     };
 */
template <class T, class = void>
struct DataTypeOf {
  static constexpr nxs_data_type value = NXS_DataType_Undefined;
};
template <>
struct DataTypeOf<float> {
  static constexpr nxs_data_type value = NXS_DataType_F32;
};
template <>
struct DataTypeOf<double> {
  static constexpr nxs_data_type value = NXS_DataType_F64;
};
template <>
struct DataTypeOf<bool> {
  static constexpr nxs_data_type value = NXS_DataType_Bool;
};
template <class T>
struct DataTypeOf<T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>>> {
  static constexpr nxs_data_type value =
      sizeof(T) == 1   ? (std::is_signed_v<T> ? NXS_DataType_I8 : NXS_DataType_U8)
      : sizeof(T) == 2 ? (std::is_signed_v<T> ? NXS_DataType_I16 : NXS_DataType_U16)
      : sizeof(T) == 4 ? (std::is_signed_v<T> ? NXS_DataType_I32 : NXS_DataType_U32)
                       : (std::is_signed_v<T> ? NXS_DataType_I64 : NXS_DataType_U64);
};
template <class T>
struct DataTypeOf<T, std::enable_if_t<std::is_enum_v<T> && !std::is_same_v<T, std::byte>>>
    : DataTypeOf<std::underlying_type_t<T>> {};

namespace detail {

template <class T>
inline constexpr nxs_data_type dataTypeOf = DataTypeOf<std::remove_cv_t<T>>::value;

/** Returns the size of an element in bits; 8 for plain bytes and unknown types. */
constexpr std::size_t bitsOf(nxs_uint type) {
  switch (type) {
    case NXS_DataType_F64:
    case NXS_DataType_I64:
    case NXS_DataType_U64: return 64;
    case NXS_DataType_F32:
    case NXS_DataType_I32:
    case NXS_DataType_U32: return 32;
    case NXS_DataType_F16:
    case NXS_DataType_BF16:
    case NXS_DataType_I16:
    case NXS_DataType_U16: return 16;
    case NXS_DataType_F4:
    case NXS_DataType_BF4:
    case NXS_DataType_I4:
    case NXS_DataType_U4: return 4;
    default: return 8;
  }
}

/** Returns whether C++ has no type of its own for elements of a data type. */
constexpr bool isForeign(nxs_uint type) {
  return bitsOf(type) == 4 || type == NXS_DataType_F16 || type == NXS_DataType_BF16 ||
         type == NXS_DataType_F8 || type == NXS_DataType_BF8;
}

/**
 * Returns whether elements of one type can stand for elements of another: bytes for any type, bool
 * and 8-bit unsigned integers for each other, and unsigned integers for the bits of a type that C++
 * lacks; 8-bit ones hold two elements of 4 bits.
 */
constexpr bool areCompatible(nxs_uint one, nxs_uint other) {
  if (one == other || one == NXS_DataType_Undefined || other == NXS_DataType_Undefined) return true;
  const auto areBits = [](nxs_uint bits, nxs_uint type) {
    if (type == NXS_DataType_Bool) return bits == NXS_DataType_U8;
    if (!isForeign(type)) return false;
    return bits == (bitsOf(type) == 16 ? NXS_DataType_U16 : NXS_DataType_U8);
  };
  return areBits(one, other) || areBits(other, one);
}

/** The element type of a contiguous range: what std::data points to. */
template <class Range>
using ElementOf = std::remove_reference_t<decltype(*std::data(
    std::declval<std::add_lvalue_reference_t<Range>>()))>;

template <class Range, class = void>
struct IsRange : std::false_type {};
template <class Range>
struct IsRange<Range,
               std::void_t<ElementOf<Range>,
                           decltype(std::size(std::declval<std::add_lvalue_reference_t<Range>>()))>>
    : std::is_trivially_copyable<ElementOf<Range>> {};

/** Enables a function for contiguous ranges of trivially copyable elements. */
template <class Range>
using IfRange = std::enable_if_t<IsRange<Range>::value, int>;

/** Enables a function for contiguous ranges whose elements can be written. */
template <class Range>
using IfWritableRange =
    std::enable_if_t<IsRange<Range>::value && !std::is_const_v<ElementOf<Range>>, int>;

}  // namespace detail

}  // namespace nexus

#endif  // NEXUS_DETAIL_DATA_TYPES_HPP
