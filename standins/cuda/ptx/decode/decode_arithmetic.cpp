// Decoders of the arithmetic that integers and floats share, and of that of integers alone.
#include "arithmetic.hpp"

#include "carry.hpp"

namespace standin::ptx {
namespace {

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
