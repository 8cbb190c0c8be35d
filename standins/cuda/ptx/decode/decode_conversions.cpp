// cvt: from any type to any other.
#include <limits>

#include "../operation.hpp"

namespace standin::ptx {
namespace {

// To a whole number, by the instruction's rounding.
double whole(double value, Rounding rounding) {
  switch (rounding) {
    case Rounding::zero: return std::trunc(value);
    case Rounding::down: return std::floor(value);
    case Rounding::up: return std::ceil(value);
    default: return std::nearbyint(value);
  }
}

template <class T>
inline constexpr bool is_float = std::is_floating_point_v<T> || is_narrow<T>;

// Out of range goes to the end of the range, not-a-number to zero, or to the lowest of 64 bits.
template <class To>
To integer_from(double value) {
  if (std::isnan(value)) return sizeof(To) == 8 ? To(1) << 63 : To(0);
  constexpr double kTop = std::is_signed_v<To> ? 1 : 2;
  const double limit = std::ldexp(kTop, 8 * sizeof(To) - 1);
  if (value >= limit) return std::numeric_limits<To>::max();
  if (value <= (std::is_signed_v<To> ? -limit : 0)) return std::numeric_limits<To>::min();
  return static_cast<To>(value);
}

// Offset 1 tells that a float is made whole, though it stays a float.
template <class From, class To>
To converted(From value, const Instruction &i) {
  if constexpr (is_float<From> && is_float<To>) {
    double number = static_cast<double>(flushed(value, i.flush));
    if (i.offset) number = whole(number, i.rounding);
    if constexpr (is_narrow<To>) {
      return saturated(To(number, i.rounding), i.saturate);
    } else {
      const RoundingMode mode(i.rounding);
      return saturated(flushed(opaque(static_cast<To>(opaque(number))), i.flush), i.saturate);
    }
  } else if constexpr (is_float<From>) {
    return integer_from<To>(whole(static_cast<double>(flushed(value, i.flush)), i.rounding));
  } else if constexpr (is_narrow<To>) {
    return saturated(To(static_cast<double>(value), i.rounding), i.saturate);
  } else if constexpr (is_float<To>) {
    const RoundingMode mode(i.rounding);
    auto hidden = value;
    asm volatile("" : "+m"(hidden));
    return saturated(opaque(static_cast<To>(hidden)), i.saturate);
  } else {
    if (i.saturate) {
      const auto wide = static_cast<__int128>(value);
      if (wide > std::numeric_limits<To>::max()) return std::numeric_limits<To>::max();
      if (wide < std::numeric_limits<To>::min()) return std::numeric_limits<To>::min();
    }
    return static_cast<To>(value);
  }
}

template <class From>
struct ConvertFrom {
  template <class To>
  struct With {
    static void run(Thread &t, const Instruction &i) {
      const To value = converted<From, To>(t.get<From>(i.a), i);
      // A register may be larger than the type, and holds the number in all its bits.
      if constexpr (std::is_integral_v<To> && std::is_signed_v<To>)
        t.put<std::int64_t>(i.to, value);
      else
        t.put<To>(i.to, value);
    }
  };
};

// The second one goes to the lower half.
template <class T>
struct ConvertPair {
  static void run(Thread &t, const Instruction &i) {
    using Element = typename T::Element;
    t.put<T>(i.to,
             {Element(t.get<float>(i.b), i.rounding), Element(t.get<float>(i.a), i.rounding)});
  }
};

using Converted = decltype(Bytes{} + Integers{} + Floats{} + NarrowFloats{});

template <class... From>
Handler handler(Type from, Type to, Types<From...>) {
  Handler found = nullptr;
  ((holds<From>(from) ? void(found = pick<ConvertFrom<From>::template With>(to, Converted{}))
                      : void()),
   ...);
  return found;
}

void decode_cvt(Decoder &d) {
  const Type from = d.last_type(), to = d.last_type();
  d.float_modifiers();
  d.rounding();
  constexpr std::pair<std::string_view, Rounding> kWhole[] = {{"rni", Rounding::nearest},
                                                              {"rzi", Rounding::zero},
                                                              {"rmi", Rounding::down},
                                                              {"rpi", Rounding::up}};
  for (const auto &[name, rounding] : kWhole) {
    if (!d.take(name)) continue;
    d.result.rounding = rounding;
    d.result.offset = 1;
  }
  d.result.to = d.target();
  d.result.a = d.source(1, from);
  if (to == Type::f16x2 || to == Type::bf16x2) {
    if (from != Type::f32) d.refuse();
    d.result.b = d.source(2, from);
    return d.use(pick<ConvertPair>(to, NarrowPairs{}));
  }
  d.use(handler(from, to, Converted{}));
}

}  // namespace

void add_conversions(DecodeTable &table) { table["cvt"] = decode_cvt; }

}  // namespace standin::ptx
