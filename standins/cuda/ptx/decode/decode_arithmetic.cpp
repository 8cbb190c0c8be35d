// Arithmetic that integers and floats share, and that of integers alone.
#include <limits>

#include "../operation.hpp"

namespace standin::ptx {
namespace {

template <class T>
using Wide = std::conditional_t<
    sizeof(T) == 8, std::conditional_t<std::is_signed_v<T>, __int128, unsigned __int128>,
    std::conditional_t<sizeof(T) == 4,
                       std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>,
                       std::conditional_t<std::is_signed_v<T>, std::int32_t, std::uint32_t>>>;

struct Add {
  template <class T>
  static T of(T a, T b) {
    return a + b;
  }
};
struct Subtract {
  template <class T>
  static T of(T a, T b) {
    return a - b;
  }
};
struct Multiply {
  template <class T>
  static T of(T a, T b) {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(Wide<T>(a) * Wide<T>(b));
    else
      return a * b;
  }
};
struct MultiplyHigh {
  template <class T>
  static T of(T a, T b) {
    return static_cast<T>((Wide<T>(a) * Wide<T>(b)) >> (8 * sizeof(T)));
  }
};
struct MultiplyAdd {
  template <class T>
  static T of(T a, T b, T c) {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(Multiply::of(a, b) + c);
    else
      return std::fma(a, b, c);
  }
};
struct MultiplyHighAdd {
  template <class T>
  static T of(T a, T b, T c) {
    return static_cast<T>(MultiplyHigh::of(a, b) + c);
  }
};
struct Divide {
  template <class T>
  static T of(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      // As the hardware has it: all bits set.
      if (b == 0) return static_cast<T>(-1);
      if constexpr (std::is_signed_v<T>)
        if (b == -1) return static_cast<T>(-a);
    }
    return a / b;
  }
};
struct Remainder {
  template <class T>
  static T of(T a, T b) {
    if (b == 0) return a;
    if constexpr (std::is_signed_v<T>)
      if (b == -1) return 0;
    return a % b;
  }
};
struct Minimum {
  template <class T>
  static T of(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(a)) return b;
      if (std::isnan(b)) return a;
      // The negative one of two zeros.
      if (a == b) return std::signbit(a) ? a : b;
    }
    return b < a ? b : a;
  }
};
struct Maximum {
  template <class T>
  static T of(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(a)) return b;
      if (std::isnan(b)) return a;
      if (a == b) return std::signbit(a) ? b : a;
    }
    return a < b ? b : a;
  }
};
// Not-a-number where either is.
template <class Operation>
struct KeepNan {
  template <class T>
  static T of(T a, T b) {
    return std::isnan(a) || std::isnan(b) ? std::numeric_limits<T>::quiet_NaN()
                                          : Operation::of(a, b);
  }
};
struct Negate {
  template <class T>
  static T of(T a) {
    return static_cast<T>(-a);
  }
};
struct Absolute {
  template <class T>
  static T of(T a) {
    if constexpr (std::is_floating_point_v<T>)
      return std::fabs(a);
    else
      return static_cast<T>(a < 0 ? -a : a);
  }
};
struct AbsoluteDifference {
  template <class T>
  static T of(T a, T b, T c) {
    return static_cast<T>(c + (a < b ? b - a : a - b));
  }
};
struct AddSaturated {
  template <class T>
  static T of(T a, T b) {
    T sum;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return a < 0 ? std::numeric_limits<T>::min() : std::numeric_limits<T>::max();
  }
};
struct SubtractSaturated {
  template <class T>
  static T of(T a, T b) {
    T difference;
    if (!__builtin_sub_overflow(a, b, &difference)) return difference;
    return a < 0 ? std::numeric_limits<T>::min() : std::numeric_limits<T>::max();
  }
};

// Products of twice the size.
template <class T>
struct MultiplyWide {
  static void run(Thread &t, const Instruction &i) {
    t.put<Wide<T>>(i.to, Wide<T>(t.get<T>(i.a)) * Wide<T>(t.get<T>(i.b)));
  }
};
template <class T>
struct MultiplyAddWide {
  static void run(Thread &t, const Instruction &i) {
    t.put<Wide<T>>(i.to, static_cast<Wide<T>>(Wide<T>(t.get<T>(i.a)) * Wide<T>(t.get<T>(i.b)) +
                                              t.get<Wide<T>>(i.c)));
  }
};
using Widened = Types<std::uint16_t, std::int16_t, std::uint32_t, std::int32_t>;

// With carry in, carry out or both: the offset's bits 0 and 1.
template <class T, class First, bool Subtracts>
void add_with_carry(Thread &t, const Instruction &i, First first, T last) {
  using Unsigned = std::make_unsigned_t<T>;
  const auto a = static_cast<Unsigned>(first), b = static_cast<Unsigned>(last);
  const unsigned in = (i.offset & 1) && t.carry;
  const unsigned __int128 all = Subtracts ? static_cast<unsigned __int128>(a) - b - in
                                          : static_cast<unsigned __int128>(a) + b + in;
  if (i.offset & 2) t.carry = (all >> (8 * sizeof(T))) & 1;
  t.put<Unsigned>(i.to, static_cast<Unsigned>(all));
}
template <class T>
struct AddCarry {
  static void run(Thread &t, const Instruction &i) {
    add_with_carry<T, T, false>(t, i, t.get<T>(i.a), t.get<T>(i.b));
  }
};
template <class T>
struct SubtractCarry {
  static void run(Thread &t, const Instruction &i) {
    add_with_carry<T, T, true>(t, i, t.get<T>(i.a), t.get<T>(i.b));
  }
};
template <class Product>
struct MultiplyAddCarry {
  template <class T>
  struct With {
    static void run(Thread &t, const Instruction &i) {
      add_with_carry<T, T, false>(t, i, Product::of(t.get<T>(i.a), t.get<T>(i.b)), t.get<T>(i.c));
    }
  };
};
using Carried = Types<std::uint32_t, std::int32_t, std::uint64_t, std::int64_t>;

bool is_integer(Type type) { return type < Type::f16; }

template <class Operation, class Saturated, template <class> class Carry, bool CarryIn>
void decode_sum(Decoder &d) {
  const Type type = d.last_type();
  d.rounding();
  const bool carry_out = d.take("cc");
  d.result.to = d.target();
  d.sources(type, 2);
  if (carry_out || CarryIn) {
    d.result.offset = CarryIn | carry_out << 1;
    return d.use(pick<Carry>(type, Carried{}));
  }
  if (!is_integer(type)) {
    d.float_modifiers();
    return d.use(float_handler<Operation, 2>(type, d.result, AllFloats{}));
  }
  if (d.take("sat"))
    return d.use(pick<Plain<Saturated, 2>::template With>(type, Types<std::int32_t>{}));
  d.use(pick<Plain<Operation, 2>::template With>(type, Integers{}));
}

void decode_mul(Decoder &d) {
  const Type type = d.last_type();
  d.result.to = d.target();
  d.sources(type, 2);
  if (!is_integer(type)) {
    d.rounding();
    d.float_modifiers();
    return d.use(float_handler<Multiply, 2>(type, d.result, AllFloats{}));
  }
  if (d.take("wide")) return d.use(pick<MultiplyWide>(type, Widened{}));
  if (d.take("hi")) return d.use(pick<Plain<MultiplyHigh, 2>::With>(type, Integers{}));
  if (d.take("lo")) d.use(pick<Plain<Multiply, 2>::With>(type, Integers{}));
}

template <bool CarryIn>
void decode_mad(Decoder &d) {
  const Type type = d.last_type();
  d.result.to = d.target();
  const bool wide = d.take("wide");
  d.result.a = d.source(1, type);
  d.result.b = d.source(2, type);
  d.result.c = d.source(3, type);
  if (!is_integer(type)) {
    d.rounding();
    d.float_modifiers();
    return d.use(float_handler<MultiplyAdd, 3>(type, d.result, AllFloats{}));
  }
  if (wide) return d.use(pick<MultiplyAddWide>(type, Widened{}));
  const bool carry_out = d.take("cc"), high = d.take("hi");
  if (!high && !d.take("lo")) d.refuse();
  if (carry_out || CarryIn) {
    d.result.offset = CarryIn | carry_out << 1;
    return d.use(high ? pick<MultiplyAddCarry<MultiplyHigh>::With>(type, Carried{})
                      : pick<MultiplyAddCarry<Multiply>::With>(type, Carried{}));
  }
  d.use(high ? pick<Plain<MultiplyHighAdd, 3>::With>(type, Integers{})
             : pick<Plain<MultiplyAdd, 3>::With>(type, Integers{}));
}

void decode_div(Decoder &d) {
  const Type type = d.last_type();
  d.result.to = d.target();
  d.sources(type, 2);
  d.take_any("approx", "full");
  d.rounding();
  d.float_modifiers();
  d.use(is_integer(type) ? pick<Plain<Divide, 2>::With>(type, Integers{})
                         : float_handler<Divide, 2>(type, d.result, Floats{}));
}

template <class Operation>
void decode_extreme(Decoder &d) {
  const Type type = d.last_type();
  d.result.to = d.target();
  d.sources(type, 2);
  if (is_integer(type)) return d.use(pick<Plain<Operation, 2>::template With>(type, Integers{}));
  d.float_modifiers();
  d.use(d.take("NaN") ? float_handler<KeepNan<Operation>, 2>(type, d.result, AllFloats{})
                      : float_handler<Operation, 2>(type, d.result, AllFloats{}));
}

template <class Operation>
void decode_sign(Decoder &d) {
  const Type type = d.last_type();
  d.result.to = d.target();
  d.sources(type, 1);
  d.float_modifiers();
  d.use(is_integer(type) ? pick<Plain<Operation, 1>::template With>(type, Signed{})
                         : float_handler<Operation, 1>(type, d.result, AllFloats{}));
}

template <class Operation, int Count, class List>
void decode_integer(Decoder &d) {
  const Type type = d.last_type();
  d.result.to = d.target();
  d.sources(type, Count);
  d.use(pick<Plain<Operation, Count>::template With>(type, List{}));
}

}  // namespace

void add_arithmetic(DecodeTable &table) {
  table["add"] = decode_sum<Add, AddSaturated, AddCarry, false>;
  table["addc"] = decode_sum<Add, AddSaturated, AddCarry, true>;
  table["sub"] = decode_sum<Subtract, SubtractSaturated, SubtractCarry, false>;
  table["subc"] = decode_sum<Subtract, SubtractSaturated, SubtractCarry, true>;
  table["mul"] = decode_mul;
  table["mad"] = table["fma"] = decode_mad<false>;
  table["madc"] = decode_mad<true>;
  table["div"] = decode_div;
  table["rem"] = decode_integer<Remainder, 2, Integers>;
  table["min"] = decode_extreme<Minimum>;
  table["max"] = decode_extreme<Maximum>;
  table["neg"] = decode_sign<Negate>;
  table["abs"] = decode_sign<Absolute>;
  table["sad"] = decode_integer<AbsoluteDifference, 3, Integers>;
}

}  // namespace standin::ptx
