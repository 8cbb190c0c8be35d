/**
 * @file scalar.hpp
 * Numbers as the bytes of a data type: converted to what a kernel declares, refused if that does
 * not hold them.
 */
#ifndef NEXUS_DETAIL_SCALAR_HPP
#define NEXUS_DETAIL_SCALAR_HPP

#include <nexus/detail/data_types.hpp>
#include <nexus/detail/names.hpp>
#include <nexus/error.hpp>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>

namespace nexus::detail {

/** The bytes of a scalar, and their type. */
struct Scalar {
  alignas(8) unsigned char bytes[8];
  nxs_data_type type;
};

/** A number of any arithmetic type. */
struct Number {
  enum class Kind { boolean, negative, natural, real };

  template <class T>
  explicit Number(T value) {
    if constexpr (std::is_enum_v<T>) {
      *this = Number(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::is_same_v<T, bool>) {
      kind = Kind::boolean, magnitude = value;
    } else if constexpr (std::is_floating_point_v<T>) {
      static_assert(sizeof(T) <= sizeof(double), "kernels have no long double; pass a double");
      kind = Kind::real, real = static_cast<double>(value);
    } else {
      kind = value < T{} ? Kind::negative : Kind::natural;
      magnitude = static_cast<std::uint64_t>(value);
    }
  }

  double asReal() const {
    if (kind == Kind::real) return real;
    if (kind == Kind::negative) return static_cast<double>(static_cast<std::int64_t>(magnitude));
    return static_cast<double>(magnitude);
  }

  std::string text() const {
    if (kind == Kind::boolean) return magnitude ? "true" : "false";
    if (kind == Kind::negative) return std::to_string(static_cast<std::int64_t>(magnitude));
    return kind == Kind::real ? std::to_string(real) : std::to_string(magnitude);
  }

  Kind kind = Kind::natural;
  /** The value of an integer; that of a negative one in two's complement. */
  std::uint64_t magnitude = 0;
  double real = 0;
};

/** How a conversion ended. */
enum class Conversion { done, outOfRange, notInteger, notBoolean, noScalar };

template <class T>
Conversion store(Scalar &scalar, T value) {
  std::memcpy(scalar.bytes, &value, sizeof value);
  return Conversion::done;
}

template <class T>
Conversion storeInteger(Scalar &scalar, const Number &number) {
  if (number.kind == Number::Kind::real) return Conversion::notInteger;
  if (number.kind == Number::Kind::negative) {
    const auto value = static_cast<std::int64_t>(number.magnitude);
    if (std::is_unsigned_v<T> ||
        value < static_cast<std::int64_t>(std::is_unsigned_v<T> ? T{}
                                                                : std::numeric_limits<T>::min())) {
      return Conversion::outOfRange;
    }
  } else if (number.magnitude > static_cast<std::uint64_t>(std::numeric_limits<T>::max())) {
    return Conversion::outOfRange;
  }
  return store(scalar, static_cast<T>(number.magnitude));
}

/**
 * Returns the bits of a small float that is nearest to a number, ties to even.
 *
 * Types without infinities, where `finite`, have one NaN, with all bits set; the result for what is
 * out of range is negative.
 */
inline int smallFloat(double value, int exponentBits, int mantissaBits, bool finite) {
  const int sign = std::signbit(value) ? 1 << (exponentBits + mantissaBits) : 0;
  const int infinity = ((1 << exponentBits) - 1) << mantissaBits;
  if (std::isnan(value)) {
    return finite ? (1 << (exponentBits + mantissaBits)) - 1 : infinity | 1 << (mantissaBits - 1);
  }
  if (value == 0) return sign;
  if (std::isinf(value)) return finite ? -1 : sign | infinity;
  const int largest = finite ? (1 << (exponentBits + mantissaBits)) - 2 : infinity - 1;
  const int least = 2 - (1 << (exponentBits - 1));
  int exponent = 0;
  std::frexp(value, &exponent);
  exponent = exponent - 1 < least ? least : exponent - 1;
  if (exponent > 1 << exponentBits) return -1;
  const double scaled = std::ldexp(std::fabs(value), mantissaBits - exponent);
  double whole = std::floor(scaled);
  const double rest = scaled - whole;
  if (rest > 0.5 || (rest == 0.5 && std::fmod(whole, 2) != 0)) whole += 1;
  const int bits = ((exponent - least) << mantissaBits) + static_cast<int>(whole);
  return bits > largest ? -1 : sign | bits;
}

template <class T>
Conversion storeSmall(Scalar &scalar, int bits) {
  return bits < 0 ? Conversion::outOfRange : store(scalar, static_cast<T>(bits));
}

/** Converts a number to a data type. */
inline Conversion convert(const Number &number, nxs_data_type type, Scalar &scalar) {
  scalar.type = type;
  switch (type) {
    case NXS_DataType_I32: return storeInteger<std::int32_t>(scalar, number);
    case NXS_DataType_U32: return storeInteger<std::uint32_t>(scalar, number);
    case NXS_DataType_I64: return storeInteger<std::int64_t>(scalar, number);
    case NXS_DataType_U64: return storeInteger<std::uint64_t>(scalar, number);
    case NXS_DataType_I16: return storeInteger<std::int16_t>(scalar, number);
    case NXS_DataType_U16: return storeInteger<std::uint16_t>(scalar, number);
    case NXS_DataType_I8: return storeInteger<std::int8_t>(scalar, number);
    case NXS_DataType_U8: return storeInteger<std::uint8_t>(scalar, number);
    case NXS_DataType_F64: return store(scalar, number.asReal());
    case NXS_DataType_F32: {
      const double real = number.asReal();
      const auto value = static_cast<float>(real);
      if (std::isinf(value) && !std::isinf(real)) return Conversion::outOfRange;
      return store(scalar, value);
    }
    case NXS_DataType_Bool: {
      const double real = number.asReal();
      if (real != 0 && real != 1) return Conversion::notBoolean;
      return store(scalar, static_cast<unsigned char>(real != 0));
    }
    case NXS_DataType_F16:
      return storeSmall<std::uint16_t>(scalar, smallFloat(number.asReal(), 5, 10, false));
    case NXS_DataType_BF16:
      return storeSmall<std::uint16_t>(scalar, smallFloat(number.asReal(), 8, 7, false));
    case NXS_DataType_F8:
      return storeSmall<std::uint8_t>(scalar, smallFloat(number.asReal(), 4, 3, true));
    case NXS_DataType_BF8:
      return storeSmall<std::uint8_t>(scalar, smallFloat(number.asReal(), 5, 2, false));
    default: return Conversion::noScalar;
  }
}

/** Throws for a number that a type does not hold; `about` says which. */
[[noreturn]] inline void throwConversion(Conversion result, const Number &number,
                                         nxs_data_type type, const std::string &about,
                                         const char *function) {
  const std::string name = dataTypeName(static_cast<nxs_uint>(type));
  std::string text = about + " is " + number.text() + ", ";
  switch (result) {
    case Conversion::notInteger: text += "but " + name + " needs an integer"; break;
    case Conversion::notBoolean: text += "but has to be true or false"; break;
    case Conversion::noScalar: text += "but there are no scalars of type " + name; break;
    default: text += "which does not fit " + name; break;
  }
  throw ArgumentError(text, NXS_InvalidArgValue, function);
}

}  // namespace nexus::detail

#endif  // NEXUS_DETAIL_SCALAR_HPP
