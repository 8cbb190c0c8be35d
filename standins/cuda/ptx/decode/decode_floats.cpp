// Functions of floats. The approximate ones are computed exactly to the type's precision.
#include "../operation.hpp"

namespace standin::ptx {
namespace {

struct SquareRoot {
  template <class T>
  static T of(T a) {
    return std::sqrt(a);
  }
};
struct ReciprocalSquareRoot {
  template <class T>
  static T of(T a) {
    return static_cast<T>(1 / std::sqrt(static_cast<double>(a)));
  }
};
struct Reciprocal {
  template <class T>
  static T of(T a) {
    return 1 / a;
  }
};
struct Exponential {
  template <class T>
  static T of(T a) {
    return std::exp2(a);
  }
};
struct Logarithm {
  template <class T>
  static T of(T a) {
    return std::log2(a);
  }
};
struct Sine {
  template <class T>
  static T of(T a) {
    return std::sin(a);
  }
};
struct Cosine {
  template <class T>
  static T of(T a) {
    return std::cos(a);
  }
};
struct HyperbolicTangent {
  template <class T>
  static T of(T a) {
    return std::tanh(a);
  }
};
// The sign comes from the first.
struct CopySign {
  template <class T>
  static T of(T a, T b) {
    return std::copysign(b, a);
  }
};

template <class Operation, class List>
void decode(Decoder &d) {
  const Type type = d.last_type();
  d.take("approx");
  d.rounding();
  d.float_modifiers();
  d.result.to = d.target();
  d.sources(type, 1);
  d.use(float_handler<Operation, 1>(type, d.result, List{}));
}

void decode_copysign(Decoder &d) {
  const Type type = d.last_type();
  d.result.to = d.target();
  d.sources(type, 2);
  d.use(pick<Plain<CopySign, 2>::With>(type, Floats{}));
}

template <bool (*Test)(double)>
struct Tested {
  template <class T>
  struct With {
    static void run(Thread &t, const Instruction &i) {
      t.put<std::uint8_t>(i.to, Test(t.get<T>(i.a)));
    }
  };
};
bool is_finite(double a) { return std::isfinite(a); }
bool is_infinite(double a) { return std::isinf(a); }
bool is_nan(double a) { return std::isnan(a); }
bool is_number(double a) { return !std::isnan(a); }

void decode_testp(Decoder &d) {
  const Type type = d.last_type();
  d.result.to = d.target();
  d.sources(type, 1);
  if (d.take("finite")) return d.use(pick<Tested<is_finite>::With>(type, Floats{}));
  if (d.take("infinite")) return d.use(pick<Tested<is_infinite>::With>(type, Floats{}));
  if (d.take("number")) return d.use(pick<Tested<is_number>::With>(type, Floats{}));
  if (d.take("notanumber")) d.use(pick<Tested<is_nan>::With>(type, Floats{}));
}

using Singles = Types<float>;
using SinglesAndNarrow = decltype(Singles{} + NarrowFloats{} + NarrowPairs{});

}  // namespace

void add_floats(DecodeTable &table) {
  table["sqrt"] = decode<SquareRoot, Floats>;
  table["rsqrt"] = decode<ReciprocalSquareRoot, Floats>;
  table["rcp"] = decode<Reciprocal, Floats>;
  table["ex2"] = decode<Exponential, SinglesAndNarrow>;
  table["lg2"] = decode<Logarithm, Singles>;
  table["sin"] = decode<Sine, Singles>;
  table["cos"] = decode<Cosine, Singles>;
  table["tanh"] = decode<HyperbolicTangent, SinglesAndNarrow>;
  table["copysign"] = decode_copysign;
  table["testp"] = decode_testp;
}

}  // namespace standin::ptx
