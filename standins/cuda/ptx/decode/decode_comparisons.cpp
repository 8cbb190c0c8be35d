// Comparisons, and the choices made by them.
#include <string_view>

#include "../operation.hpp"

namespace standin::ptx {
namespace {

// Bits of an instruction's offset: what is true of the operands for the comparison to hold.
enum Outcome { kLess = 1, kEqual = 2, kGreater = 4, kUnordered = 8 };
// How it goes together with another predicate.
enum class Joined { not_at_all, by_and, by_or, by_xor };

constexpr std::pair<std::string_view, int> kComparisons[] = {
    {"eq", kEqual},
    {"ne", kLess | kGreater},
    {"lt", kLess},
    {"le", kLess | kEqual},
    {"gt", kGreater},
    {"ge", kGreater | kEqual},
    {"lo", kLess},
    {"ls", kLess | kEqual},
    {"hi", kGreater},
    {"hs", kGreater | kEqual},
    {"equ", kEqual | kUnordered},
    {"neu", kLess | kGreater | kUnordered},
    {"ltu", kLess | kUnordered},
    {"leu", kLess | kEqual | kUnordered},
    {"gtu", kGreater | kUnordered},
    {"geu", kGreater | kEqual | kUnordered},
    {"num", kLess | kEqual | kGreater},
    {"nan", kUnordered}};

int comparison(Decoder &d) {
  for (const auto &[name, outcomes] : kComparisons)
    if (d.take(name)) return outcomes;
  d.refuse();
}

template <class T>
int outcome(T a, T b) {
  if constexpr (is_narrow<T>)
    return outcome(static_cast<double>(a), static_cast<double>(b));
  else
    return a < b ? kLess : a == b ? kEqual : a > b ? kGreater : kUnordered;
}

template <class T>
bool compare(const Thread &t, const Instruction &i) {
  const T a = flushed(t.get<T>(i.a), i.flush), b = flushed(t.get<T>(i.b), i.flush);
  return outcome(a, b) & i.offset;
}

bool join(bool compared, bool with, Joined how) {
  switch (how) {
    case Joined::by_and: return compared && with;
    case Joined::by_or: return compared || with;
    case Joined::by_xor: return compared != with;
    default: return compared;
  }
}

template <class T>
struct SetPredicate {
  static void run(Thread &t, const Instruction &i) { t.put<std::uint8_t>(i.to, compare<T>(t, i)); }
};
// With the opposite in a second predicate, or joined with another one.
template <class T>
struct SetPredicates {
  static void run(Thread &t, const Instruction &i) {
    const auto how = static_cast<Joined>(i.count);
    const bool compared = compare<T>(t, i);
    const bool with = how != Joined::not_at_all && t.get<bool>(i.c) != i.negated;
    t.put<std::uint8_t>(i.to, join(compared, with, how));
    if (i.second != kNoSlot) t.put<std::uint8_t>(i.second, join(!compared, with, how));
  }
};
// One for a float, all bits for an integer: the number is what d holds.
template <class T>
struct SetValue {
  static void run(Thread &t, const Instruction &i) {
    const auto how = static_cast<Joined>(i.count);
    const bool with = how != Joined::not_at_all && t.get<bool>(i.c) != i.negated;
    t.put<std::uint64_t>(i.to, join(compare<T>(t, i), with, how) ? t.get<std::uint64_t>(i.d) : 0);
  }
};

Joined joined(Decoder &d) {
  Joined how = Joined::not_at_all;
  if (d.take("and")) how = Joined::by_and;
  if (d.take("or")) how = Joined::by_or;
  if (d.take("xor")) how = Joined::by_xor;
  if (how != Joined::not_at_all) {
    d.result.c = d.register_slot(d.operand(3));
    d.result.negated = d.operand(3).negated;
  }
  d.result.count = static_cast<std::uint8_t>(how);
  return how;
}

using Compared = decltype(Integers{} + Floats{} + NarrowFloats{});

void decode_setp(Decoder &d) {
  const Type type = d.last_type();
  d.result.offset = comparison(d);
  d.float_modifiers();
  d.result.to = d.target();
  if (!d.operand(0).second.empty()) d.result.second = d.register_slot(d.operand(0).second);
  d.sources(type, 2);
  const bool simple = joined(d) == Joined::not_at_all && d.result.second == kNoSlot;
  d.use(simple ? pick<SetPredicate>(type, Compared{}) : pick<SetPredicates>(type, Compared{}));
}

void decode_set(Decoder &d) {
  const Type type = d.last_type(), into = d.first_type();
  d.result.offset = comparison(d);
  d.float_modifiers();
  d.result.to = d.target();
  d.sources(type, 2);
  joined(d);
  if (into == Type::f32)
    d.result.d = d.constant(std::bit_cast<std::uint32_t>(1.0f));
  else if (size_of(into) == 4)
    d.result.d = d.constant(0xffff'ffff);
  else
    d.refuse();
  d.use(pick<SetValue>(type, Compared{}));
}

void select(Thread &t, const Instruction &i) {
  t.put(i.to, t.get<std::uint64_t>(t.get<bool>(i.c) != i.negated ? i.a : i.b));
}

void decode_selp(Decoder &d) {
  d.sources(d.last_type(), 2);
  d.result.to = d.target();
  d.result.c = d.register_slot(d.operand(3));
  d.result.negated = d.operand(3).negated;
  d.use(select);
}

// By the sign of the third operand.
template <class T>
struct SelectBySign {
  static void run(Thread &t, const Instruction &i) {
    t.put(i.to, t.get<std::uint64_t>(flushed(t.get<T>(i.c), i.flush) >= 0 ? i.a : i.b));
  }
};

void decode_slct(Decoder &d) {
  const Type by = d.last_type(), type = d.last_type();
  d.float_modifiers();
  d.result.to = d.target();
  d.sources(type, 2);
  d.result.c = d.source(3, by);
  d.use(pick<SelectBySign>(by, Types<std::int32_t, float>{}));
}

}  // namespace

void add_comparisons(DecodeTable &table) {
  table["setp"] = decode_setp;
  table["set"] = decode_set;
  table["selp"] = decode_selp;
  table["slct"] = decode_slct;
}

}  // namespace standin::ptx
