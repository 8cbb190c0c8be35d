// The types of PTX as C++ types, including narrow floats.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace standin::ptx {

enum class Type : std::uint8_t {
  pred,
  u8,
  u16,
  u32,
  u64,
  s8,
  s16,
  s32,
  s64,
  b8,
  b16,
  b32,
  b64,
  f16,
  f16x2,
  bf16,
  bf16x2,
  f32,
  f64
};

std::optional<Type> type_named(std::string_view name);
unsigned size_of(Type type);

enum class Rounding : std::uint8_t { nearest, zero, down, up };

// Rounds to a float of a number of bits, as in IEEE 754 with subnormal numbers.
std::uint16_t narrow(double value, int exponent_bits, int fraction_bits, Rounding rounding);
double widen(std::uint16_t bits, int exponent_bits, int fraction_bits);

template <int ExponentBits, int FractionBits>
struct Narrow {
  std::uint16_t bits;

  Narrow() = default;
  explicit Narrow(double value, Rounding rounding = Rounding::nearest)
      : bits(narrow(value, ExponentBits, FractionBits, rounding)) {}
  explicit operator double() const { return widen(bits, ExponentBits, FractionBits); }
};
using Half = Narrow<5, 10>;
using BFloat = Narrow<8, 7>;

// Two values of a type in one register.
template <class T>
struct Pair {
  using Element = T;
  T low, high;
};

template <class T>
inline constexpr bool is_narrow = std::is_same_v<T, Half> || std::is_same_v<T, BFloat>;
template <class T>
inline constexpr bool is_pair = false;
template <class T>
inline constexpr bool is_pair<Pair<T>> = true;

// Whether a C++ type holds a PTX type; untyped bits are held by the unsigned type of their size.
template <class T>
constexpr bool holds(Type type) {
  const auto any = [&](auto... types) { return ((type == types) || ...); };
  if constexpr (std::is_same_v<T, bool>) return type == Type::pred;
  if constexpr (std::is_same_v<T, std::uint8_t>) return any(Type::u8, Type::b8);
  if constexpr (std::is_same_v<T, std::uint16_t>) return any(Type::u16, Type::b16);
  if constexpr (std::is_same_v<T, std::uint32_t>) return any(Type::u32, Type::b32);
  if constexpr (std::is_same_v<T, std::uint64_t>) return any(Type::u64, Type::b64);
  if constexpr (std::is_same_v<T, std::int8_t>) return type == Type::s8;
  if constexpr (std::is_same_v<T, std::int16_t>) return type == Type::s16;
  if constexpr (std::is_same_v<T, std::int32_t>) return type == Type::s32;
  if constexpr (std::is_same_v<T, std::int64_t>) return type == Type::s64;
  if constexpr (std::is_same_v<T, Half>) return type == Type::f16;
  if constexpr (std::is_same_v<T, BFloat>) return type == Type::bf16;
  if constexpr (std::is_same_v<T, Pair<Half>>) return type == Type::f16x2;
  if constexpr (std::is_same_v<T, Pair<BFloat>>) return type == Type::bf16x2;
  if constexpr (std::is_same_v<T, float>) return type == Type::f32;
  if constexpr (std::is_same_v<T, double>) return type == Type::f64;
  return false;
}

template <class... T>
struct Types {};

template <class... A, class... B>
constexpr Types<A..., B...> operator+(Types<A...>, Types<B...>) {
  return {};
}

using Unsigned = Types<std::uint16_t, std::uint32_t, std::uint64_t>;
using Signed = Types<std::int16_t, std::int32_t, std::int64_t>;
using Bytes = Types<std::uint8_t, std::int8_t>;
using Integers = decltype(Unsigned{} + Signed{});
using Floats = Types<float, double>;
using NarrowFloats = Types<Half, BFloat>;
using NarrowPairs = Types<Pair<Half>, Pair<BFloat>>;
using AllFloats = decltype(Floats{} + NarrowFloats{} + NarrowPairs{});

}  // namespace standin::ptx
