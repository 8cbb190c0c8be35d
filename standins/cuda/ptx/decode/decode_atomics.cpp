// atom and red: a memory cell is changed in one step.
#include <atomic>

#include "../memory_access.hpp"
#include "../operation.hpp"

namespace standin::ptx {
namespace {

struct Add {
  template <class T>
  static T of(T old, T value) {
    return old + value;
  }
};
struct Exchange {
  template <class T>
  static T of(T, T value) {
    return value;
  }
};
struct Minimum {
  template <class T>
  static T of(T old, T value) {
    return value < old ? value : old;
  }
};
struct Maximum {
  template <class T>
  static T of(T old, T value) {
    return old < value ? value : old;
  }
};
struct And {
  template <class T>
  static T of(T old, T value) {
    return old & value;
  }
};
struct Or {
  template <class T>
  static T of(T old, T value) {
    return old | value;
  }
};
struct Xor {
  template <class T>
  static T of(T old, T value) {
    return old ^ value;
  }
};
// Up to the value and then from zero; down to zero and then from the value.
struct Increment {
  template <class T>
  static T of(T old, T value) {
    return old >= value ? 0 : old + 1;
  }
};
struct Decrement {
  template <class T>
  static T of(T old, T value) {
    return old == 0 || old > value ? value : old - 1;
  }
};

template <class T>
using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t,
                                std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint16_t>>;

template <class T>
std::atomic_ref<Bits<T>> cell(Thread &t, const Instruction &i) {
  return std::atomic_ref(*reinterpret_cast<Bits<T> *>(accessed(t, i, sizeof(T))));
}

template <class Operation>
struct Atomic {
  template <class T>
  struct With {
    static void run(Thread &t, const Instruction &i) {
      const auto memory = cell<T>(t, i);
      const T value = t.get<T>(i.b);
      Bits<T> old = memory.load(), changed;
      do changed = std::bit_cast<Bits<T>>(evaluate<Operation, T>(std::bit_cast<T>(old), value));
      while (!memory.compare_exchange_weak(old, changed));
      if (i.second != kNoSlot) t.put<Bits<T>>(i.second, old);
    }
  };
};

template <class T>
struct CompareAndSwap {
  static void run(Thread &t, const Instruction &i) {
    const auto memory = cell<T>(t, i);
    Bits<T> old = t.get<T>(i.b);
    memory.compare_exchange_strong(old, t.get<T>(i.c));
    if (i.second != kNoSlot) t.put<Bits<T>>(i.second, old);
  }
};

using Words = Types<std::uint32_t, std::uint64_t>;
using Numbers = Types<std::uint32_t, std::int32_t, std::uint64_t, std::int64_t>;
using Added = decltype(Numbers{} + Floats{} + NarrowFloats{} + NarrowPairs{});

Handler handler(Decoder &d, Type type) {
  if (d.take("add")) return pick<Atomic<Add>::With>(type, Added{});
  if (d.take("exch")) return pick<Atomic<Exchange>::With>(type, Words{});
  if (d.take("min")) return pick<Atomic<Minimum>::With>(type, Numbers{});
  if (d.take("max")) return pick<Atomic<Maximum>::With>(type, Numbers{});
  if (d.take("and")) return pick<Atomic<And>::With>(type, Words{});
  if (d.take("or")) return pick<Atomic<Or>::With>(type, Words{});
  if (d.take("xor")) return pick<Atomic<Xor>::With>(type, Words{});
  if (d.take("inc")) return pick<Atomic<Increment>::With>(type, Types<std::uint32_t>{});
  if (d.take("dec")) return pick<Atomic<Decrement>::With>(type, Types<std::uint32_t>{});
  if (d.take("cas")) return pick<CompareAndSwap>(type, Unsigned{});
  return nullptr;
}

// Returns what was there before, unlike red.
template <bool Returns>
void decode_atomic(Decoder &d) {
  const Type type = d.last_type();
  take_ordering(d);
  d.take("noftz");
  const std::size_t first = Returns ? 1 : 0;
  if (Returns) d.result.second = d.target();
  address_operand(d, d.operand(first));
  d.result.b = d.source(first + 1, type);
  if (d.operands() > first + 2) d.result.c = d.source(first + 2, type);
  d.use(handler(d, type));
}

}  // namespace

void add_atomics(DecodeTable &table) {
  table["atom"] = decode_atomic<true>;
  table["red"] = decode_atomic<false>;
}

}  // namespace standin::ptx
