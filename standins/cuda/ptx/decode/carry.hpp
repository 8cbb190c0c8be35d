// Wide products, and sums with a carry.
#pragma once

#include "arithmetic.hpp"

namespace standin::ptx {

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

}  // namespace standin::ptx
