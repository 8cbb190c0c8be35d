#include "types.hpp"

#include <cmath>
#include <utility>

namespace standin::ptx {
namespace {

constexpr std::pair<std::string_view, Type> kNames[] = {
    {"pred", Type::pred}, {"u8", Type::u8},   {"u16", Type::u16},      {"u32", Type::u32},
    {"u64", Type::u64},   {"s8", Type::s8},   {"s16", Type::s16},      {"s32", Type::s32},
    {"s64", Type::s64},   {"b8", Type::b8},   {"b16", Type::b16},      {"b32", Type::b32},
    {"b64", Type::b64},   {"f16", Type::f16}, {"f16x2", Type::f16x2},  {"bf16", Type::bf16},
    {"f32", Type::f32},   {"f64", Type::f64}, {"bf16x2", Type::bf16x2}};

double round_to_integer(double value, Rounding rounding) {
  switch (rounding) {
    case Rounding::zero: return std::trunc(value);
    case Rounding::down: return std::floor(value);
    case Rounding::up: return std::ceil(value);
    case Rounding::nearest: break;
  }
  // Ties go to even; the thread rounds to nearest.
  return std::nearbyint(value);
}

}  // namespace

std::optional<Type> type_named(std::string_view name) {
  for (const auto &[text, type] : kNames)
    if (text == name) return type;
  return std::nullopt;
}

unsigned size_of(Type type) {
  switch (type) {
    case Type::pred:
    case Type::u8:
    case Type::s8:
    case Type::b8: return 1;
    case Type::u16:
    case Type::s16:
    case Type::b16:
    case Type::f16:
    case Type::bf16: return 2;
    case Type::u64:
    case Type::s64:
    case Type::b64:
    case Type::f64: return 8;
    default: return 4;
  }
}

std::uint16_t narrow(double value, int exponent_bits, int fraction_bits, Rounding rounding) {
  const int sign = std::signbit(value) << 15;
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int infinity = ((1 << exponent_bits) - 1) << fraction_bits;
  if (std::isnan(value)) return 0x7fff;
  if (std::isinf(value)) return static_cast<std::uint16_t>(sign | infinity);
  int exponent = 0;
  std::frexp(value, &exponent);
  // The weight of the last place, which is constant for subnormal numbers.
  const int place = std::max(exponent - 1, 1 - bias) - fraction_bits;
  const double places = round_to_integer(std::ldexp(value, -place), rounding);
  // A carry out of the fraction increments the exponent.
  const long steps = std::lround(std::fabs(places));
  const long hidden = 1L << fraction_bits;
  long bits = steps < hidden ? steps
                             : (static_cast<long>(place + fraction_bits + bias) << fraction_bits) +
                                   (steps - hidden);
  const bool away = rounding == Rounding::nearest || (rounding == Rounding::up && !sign) ||
                    (rounding == Rounding::down && sign);
  if (bits >= infinity) bits = away ? infinity : infinity - 1;
  return static_cast<std::uint16_t>(sign | bits);
}

double widen(std::uint16_t bits, int exponent_bits, int fraction_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = (bits & 0x7fff) >> fraction_bits;
  const int fraction = bits & ((1 << fraction_bits) - 1);
  double value;
  if (exponent == (1 << exponent_bits) - 1)
    value = fraction ? std::nan("") : HUGE_VAL;
  else if (exponent == 0)
    value = std::ldexp(fraction, 1 - bias - fraction_bits);
  else
    value = std::ldexp(fraction + (1 << fraction_bits), exponent - bias - fraction_bits);
  return bits & 0x8000 ? -value : value;
}

}  // namespace standin::ptx
