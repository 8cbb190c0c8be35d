// Logic and shifts, and what is done to single bits.
#include <bit>

#include "../operation.hpp"

namespace standin::ptx {
namespace {

struct And {
  template <class T>
  static T of(T a, T b) {
    return a & b;
  }
};
struct Or {
  template <class T>
  static T of(T a, T b) {
    return a | b;
  }
};
struct Xor {
  template <class T>
  static T of(T a, T b) {
    return a ^ b;
  }
};
struct Not {
  template <class T>
  static T of(T a) {
    if constexpr (std::is_same_v<T, bool>)
      return !a;
    else
      return static_cast<T>(~a);
  }
};
struct IsZero {
  template <class T>
  static T of(T a) {
    return a == 0;
  }
};
struct CountOnes {
  template <class T>
  static std::uint32_t of(T a) {
    return std::popcount(a);
  }
};
struct CountLeadingZeros {
  template <class T>
  static std::uint32_t of(T a) {
    return std::countl_zero(a);
  }
};
struct Reverse {
  template <class T>
  static T of(T a) {
    T reversed = 0;
    for (unsigned bit = 0; bit < 8 * sizeof(T); ++bit, a >>= 1) reversed = reversed << 1 | (a & 1);
    return reversed;
  }
};

// The second operand is 32 bits whatever the type; more than the type has clears or fills.
template <class T>
struct ShiftLeft {
  static void run(Thread &t, const Instruction &i) {
    const auto by = t.get<std::uint32_t>(i.b);
    t.put<T>(i.to, by >= 8 * sizeof(T) ? T(0) : static_cast<T>(t.get<T>(i.a) << by));
  }
};
template <class T>
struct ShiftRight {
  static void run(Thread &t, const Instruction &i) {
    const auto by = std::min<std::uint32_t>(t.get<std::uint32_t>(i.b), 8 * sizeof(T));
    const T value = t.get<T>(i.a);
    // Twice by half, since a shift by all the bits is not defined here.
    t.put<T>(i.to, static_cast<T>(value >> by / 2 >> (by - by / 2)));
  }
};

// Their results are 32 bits for every type.
template <class Operation>
struct ToWord {
  template <class T>
  struct With {
    static void run(Thread &t, const Instruction &i) {
      t.put<std::uint32_t>(i.to, Operation::of(t.get<T>(i.a)));
    }
  };
};

// The position of the highest bit that differs from the sign; offset 1 asks how far it is from the
// top.
template <class T>
struct FindBit {
  static void run(Thread &t, const Instruction &i) {
    auto value = t.get<T>(i.a);
    if constexpr (std::is_signed_v<T>)
      if (value < 0) value = ~value;
    const auto bits = static_cast<std::make_unsigned_t<T>>(value);
    const int zeros = std::countl_zero(bits);
    const int top = 8 * sizeof(T) - 1;
    t.put<std::uint32_t>(i.to, bits == 0 ? ~0u : i.offset ? zeros : top - zeros);
  }
};

template <class T>
struct ExtractField {
  static void run(Thread &t, const Instruction &i) {
    constexpr unsigned kBits = 8 * sizeof(T);
    const T value = t.get<T>(i.a);
    const unsigned from = t.get<std::uint32_t>(i.b) & 0xff,
                   count = t.get<std::uint32_t>(i.c) & 0xff;
    const unsigned last = std::min(from + count - 1, kBits - 1);
    const bool sign = std::is_signed_v<T> && count && (value >> last & 1);
    T field = sign ? T(-1) : T(0);
    for (unsigned bit = 0; bit < std::min(count, kBits); ++bit) {
      if (from + bit >= kBits) break;
      const T mask = T(1) << bit;
      field = (value >> (from + bit) & 1) ? field | mask : field & ~mask;
    }
    t.put<T>(i.to, field);
  }
};
template <class T>
struct InsertField {
  static void run(Thread &t, const Instruction &i) {
    const T value = t.get<T>(i.a);
    T into = t.get<T>(i.b);
    const unsigned at = t.get<std::uint32_t>(i.c) & 0xff, count = t.get<std::uint32_t>(i.d) & 0xff;
    for (unsigned bit = 0; bit < count && at + bit < 8 * sizeof(T); ++bit) {
      const T mask = T(1) << (at + bit);
      into = (value >> bit & 1) ? into | mask : into & ~mask;
    }
    t.put<T>(i.to, into);
  }
};

// Any function of three bits, by its table.
void logic_by_table(Thread &t, const Instruction &i) {
  const auto a = t.get<std::uint32_t>(i.a), b = t.get<std::uint32_t>(i.b),
             c = t.get<std::uint32_t>(i.c);
  std::uint32_t result = 0;
  for (unsigned row = 0; row < 8; ++row)
    if (i.offset >> row & 1) result |= (row & 4 ? a : ~a) & (row & 2 ? b : ~b) & (row & 1 ? c : ~c);
  t.put(i.to, result);
}

// Shifts of two words; offset bit 0 tells right, bit 1 that the amount wraps.
void funnel_shift(Thread &t, const Instruction &i) {
  const std::uint64_t both =
      std::uint64_t{t.get<std::uint32_t>(i.b)} << 32 | t.get<std::uint32_t>(i.a);
  const auto amount = t.get<std::uint32_t>(i.c);
  const unsigned by = i.offset & 2 ? amount & 31 : std::min(amount, 32u);
  t.put<std::uint32_t>(i.to,
                       static_cast<std::uint32_t>(i.offset & 1 ? both >> by : both << by >> 32));
}

void permute_bytes(Thread &t, const Instruction &i) {
  const std::uint64_t both =
      std::uint64_t{t.get<std::uint32_t>(i.b)} << 32 | t.get<std::uint32_t>(i.a);
  const auto selector = t.get<std::uint32_t>(i.c);
  std::uint32_t result = 0;
  for (unsigned byte = 0; byte < 4; ++byte) {
    const unsigned which = selector >> (4 * byte) & 0xf;
    std::uint32_t value = both >> (8 * (which & 7)) & 0xff;
    if (which & 8) value = value & 0x80 ? 0xff : 0;
    result |= value << (8 * byte);
  }
  t.put(i.to, result);
}

template <class T>
struct MultiplyLow24 {
  static void run(Thread &t, const Instruction &i) {
    const auto low = [&](Slot slot) { return static_cast<T>(t.get<T>(slot) << 8) >> 8; };
    t.put<T>(i.to, static_cast<T>(low(i.a) * low(i.b)));
  }
};

template <class Operation, int Count, class List>
void decode(Decoder &d) {
  const Type type = d.last_type();
  d.result.to = d.target();
  d.sources(type, Count);
  d.use(pick<Plain<Operation, Count>::template With>(type, List{}));
}

template <class Operation>
void decode_to_word(Decoder &d) {
  const Type type = d.last_type();
  d.result.to = d.target();
  d.sources(type, 1);
  d.use(pick<ToWord<Operation>::template With>(type, Types<std::uint32_t, std::uint64_t>{}));
}

template <template <class> class Shift>
void decode_shift(Decoder &d) {
  const Type type = d.last_type();
  d.result.to = d.target();
  d.result.a = d.source(1, type);
  d.result.b = d.source(2, Type::u32);
  d.use(pick<Shift>(type, Integers{}));
}

using Words = Types<std::uint32_t, std::int32_t, std::uint64_t, std::int64_t>;

void decode_bfind(Decoder &d) {
  const Type type = d.last_type();
  d.result.offset = d.take("shiftamt");
  d.result.to = d.target();
  d.sources(type, 1);
  d.use(pick<FindBit>(type, Words{}));
}

void decode_bfe(Decoder &d) {
  const Type type = d.last_type();
  d.result.to = d.target();
  d.result.a = d.source(1, type);
  d.result.b = d.source(2, Type::u32);
  d.result.c = d.source(3, Type::u32);
  d.use(pick<ExtractField>(type, Words{}));
}

void decode_bfi(Decoder &d) {
  const Type type = d.last_type();
  d.result.to = d.target();
  d.result.a = d.source(1, type);
  d.result.b = d.source(2, type);
  d.result.c = d.source(3, Type::u32);
  d.result.d = d.source(4, Type::u32);
  d.use(pick<InsertField>(type, Types<std::uint32_t, std::uint64_t>{}));
}

void decode_lop3(Decoder &d) {
  if (d.last_type() != Type::b32) d.refuse();
  d.result.to = d.target();
  d.sources(Type::b32, 3);
  if (d.operand(4).kind != Operand::Kind::integer) d.refuse();
  d.result.offset = static_cast<std::int64_t>(d.operand(4).bits);
  d.use(logic_by_table);
}

void decode_shf(Decoder &d) {
  if (d.last_type() != Type::b32) d.refuse();
  const bool right = d.take("r"), wraps = d.take("wrap");
  if (!right && !d.take("l")) d.refuse();
  if (!wraps && !d.take("clamp")) d.refuse();
  d.result.offset = right | wraps << 1;
  d.result.to = d.target();
  d.sources(Type::b32, 3);
  d.use(funnel_shift);
}

void decode_prmt(Decoder &d) {
  if (d.last_type() != Type::b32) d.refuse();
  d.result.to = d.target();
  d.sources(Type::b32, 3);
  d.use(permute_bytes);
}

void decode_mul24(Decoder &d) {
  const Type type = d.last_type();
  if (!d.take("lo")) d.refuse();
  d.result.to = d.target();
  d.sources(type, 2);
  d.use(pick<MultiplyLow24>(type, Types<std::uint32_t, std::int32_t>{}));
}

using Logical = decltype(Types<bool>{} + Unsigned{});

}  // namespace

void add_bits(DecodeTable &table) {
  table["and"] = decode<And, 2, Logical>;
  table["or"] = decode<Or, 2, Logical>;
  table["xor"] = decode<Xor, 2, Logical>;
  table["not"] = decode<Not, 1, Logical>;
  table["cnot"] = decode<IsZero, 1, Unsigned>;
  table["brev"] = decode<Reverse, 1, Unsigned>;
  table["popc"] = decode_to_word<CountOnes>;
  table["clz"] = decode_to_word<CountLeadingZeros>;
  table["shl"] = decode_shift<ShiftLeft>;
  table["shr"] = decode_shift<ShiftRight>;
  table["bfind"] = decode_bfind;
  table["bfe"] = decode_bfe;
  table["bfi"] = decode_bfi;
  table["lop3"] = decode_lop3;
  table["shf"] = decode_shf;
  table["prmt"] = decode_prmt;
  table["mul24"] = decode_mul24;
}

}  // namespace standin::ptx
