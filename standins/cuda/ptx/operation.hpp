// Handlers made of operations on values: they read operands, compute, and write the result.
#pragma once

#include <cfenv>
#include <cmath>

#include "decoder.hpp"

namespace standin::ptx {

// Computes with a type: narrow floats as doubles, pairs element by element.
template <class Operation, class T, class... Arguments>
T evaluate(Arguments... arguments) {
  if constexpr (is_pair<T>) {
    using Element = typename T::Element;
    return {evaluate<Operation, Element>(arguments.low...),
            evaluate<Operation, Element>(arguments.high...)};
  } else if constexpr (is_narrow<T>) {
    return T(Operation::of(static_cast<double>(arguments)...));
  } else {
    return static_cast<T>(Operation::of(arguments...));
  }
}

// Sets the thread's floating-point mode for one operation.
class RoundingMode {
 public:
  explicit RoundingMode(Rounding rounding) : changes_(rounding != Rounding::nearest) {
    constexpr int kModes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
    if (changes_) std::fesetround(kModes[static_cast<int>(rounding)]);
  }
  RoundingMode(const RoundingMode &) = delete;
  RoundingMode &operator=(const RoundingMode &) = delete;
  ~RoundingMode() {
    if (changes_) std::fesetround(FE_TONEAREST);
  }

 private:
  const bool changes_;
};

template <class T>
T flushed(T value, bool flush) {
  if constexpr (std::is_same_v<T, float>)
    if (flush && std::fpclassify(value) == FP_SUBNORMAL) return std::copysign(0.0f, value);
  return value;
}

template <class T>
T saturated(T value, bool saturate) {
  if constexpr (std::is_floating_point_v<T>) {
    // NaN becomes zero.
    if (saturate) return value > 0 ? (value < 1 ? value : T(1)) : T(0);
  } else if constexpr (is_narrow<T>) {
    return T(saturated(static_cast<double>(value), saturate));
  } else if constexpr (is_pair<T>) {
    return {saturated(value.low, saturate), saturated(value.high, saturate)};
  }
  return value;
}

// Hides a value from the optimizer, which ignores rounding modes.
template <class T>
T opaque(T value) {
  if constexpr (std::is_floating_point_v<T>) asm volatile("" : "+m"(value));
  return value;
}

template <class Operation, int Count>
struct Plain {
  template <class T>
  struct With {
    static void run(Thread &t, const Instruction &i) {
      if constexpr (Count == 1) t.put<T>(i.to, evaluate<Operation, T>(t.get<T>(i.a)));
      if constexpr (Count == 2)
        t.put<T>(i.to, evaluate<Operation, T>(t.get<T>(i.a), t.get<T>(i.b)));
      if constexpr (Count == 3)
        t.put<T>(i.to, evaluate<Operation, T>(t.get<T>(i.a), t.get<T>(i.b), t.get<T>(i.c)));
    }
  };
};

// Applies the modifiers of floats.
template <class Operation, int Count>
struct Modified {
  template <class T>
  struct With {
    static void run(Thread &t, const Instruction &i) {
      const auto in = [&](Slot slot) { return opaque(flushed(t.get<T>(slot), i.flush)); };
      T value;
      {
        const RoundingMode mode(i.rounding);
        if constexpr (Count == 1) value = evaluate<Operation, T>(in(i.a));
        if constexpr (Count == 2) value = evaluate<Operation, T>(in(i.a), in(i.b));
        if constexpr (Count == 3) value = evaluate<Operation, T>(in(i.a), in(i.b), in(i.c));
        value = opaque(value);
      }
      t.put<T>(i.to, saturated(flushed(value, i.flush), i.saturate));
    }
  };
};

// Returns the fast handler if there are no modifiers.
template <class Operation, int Count, class List>
Handler float_handler(Type type, const Instruction &i, List list) {
  if (i.flush || i.saturate || i.rounding != Rounding::nearest)
    return pick<Modified<Operation, Count>::template With>(type, list);
  return pick<Plain<Operation, Count>::template With>(type, list);
}

}  // namespace standin::ptx
