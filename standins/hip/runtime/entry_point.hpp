// What every function of HIP does besides its work.
#pragma once

#include <concepts>

#include "../../cuda/driver/context.hpp"

namespace standin::hip {

using Result = int;

// The error that HIP remembers for the calling thread.
Result &last_error();

// HIP's current device is device 0 until a thread chooses one; the engine has none until then.
void choose_a_device();

// Runs the body of the function of that name, or ends with the error that a test requested for it.
template <class Body>
Result entry_point(const char *name, Body body) {
  Result result = guarded(name, [] {});
  if (!result) {
    choose_a_device();
    result = body();
  }
  if (result) last_error() = result;
  return result;
}

// Exports FUNCTION, which is a function of HIP, as one that calls CALLED. The types of the
// arguments have no names in the plugins' tables, so a template forwards them, to which the
// exported symbol is resolved when the library is loaded.
template <class Function, class... Arguments>
struct Forward {
  static Result call(Arguments... arguments) {
    return entry_point(Function::kName, [&] { return Function::called()(arguments...); });
  }
};
#define STANDIN_EXPORT(FUNCTION, CALLED, ...)                                           \
  struct FUNCTION##Function {                                                           \
    static constexpr const char *kName = #FUNCTION;                                     \
    static auto called() { return reinterpret_cast<Result (*)(__VA_ARGS__)>(&CALLED); } \
  };                                                                                    \
  extern "C" auto standin_resolve_##FUNCTION() -> Result (*)(__VA_ARGS__) {             \
    return &Forward<FUNCTION##Function, __VA_ARGS__>::call;                             \
  }                                                                                     \
  extern "C" __attribute__((visibility("default"),                                      \
                            ifunc("standin_resolve_" #FUNCTION))) Result FUNCTION(__VA_ARGS__);

}  // namespace standin::hip
