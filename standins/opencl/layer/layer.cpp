// A layer between OpenCL's loader and its drivers. It counts calls and live objects, and makes
// calls fail, answer nonsense, or take long, as a program asks; see control.py.
//
// A wrapper for each function that the plugin calls is made from the plugin's own list of them.
#include <nexus-sdk/khronos/cl_functions.hpp>

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <tuple>
#include <type_traits>

#include "dispatch.hpp"
#include "faults.hpp"

namespace nexus::opencl_layer {
namespace cl = sdk::cl;
namespace {

enum Place {
#define PLACE(NAME) NAME##Place,
  NEXUS_OPENCL_DISPATCH(PLACE)
#undef PLACE
      kPlaces
};

// More than any loader's table has entries.
constexpr unsigned kMostPlaces = 512;
void *below[kMostPlaces], *table[kMostPlaces];

void sleep_ns(long nanoseconds) {
  const timespec time{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
  nanosleep(&time, nullptr);
}

// The name of what a handle's type stands for; NULL for handles that are not counted.
template <class T>
constexpr const char *kind_of() {
  if constexpr (std::is_same_v<T, cl::Context>)
    return "contexts";
  else if constexpr (std::is_same_v<T, cl::Queue>)
    return "queues";
  else if constexpr (std::is_same_v<T, cl::Mem>)
    return "buffers";
  else if constexpr (std::is_same_v<T, cl::Program>)
    return "programs";
  else if constexpr (std::is_same_v<T, cl::Kernel>)
    return "kernels";
  else if constexpr (std::is_same_v<T, cl::Event>)
    return "events";
  else
    return nullptr;
}

bool begins(const char *name, const char *with) {
  return std::strncmp(name, with, std::strlen(with)) == 0;
}

// What a failing function returns, and writes to its last parameter.
template <class Result, class... Arguments>
Result failed(int status, [[maybe_unused]] std::tuple<Arguments...> arguments) {
  if constexpr (std::is_same_v<Result, cl::Int>) {
    return status;
  } else if constexpr (!std::is_void_v<Result>) {
    if constexpr (sizeof...(Arguments) > 0) {
      auto last = std::get<sizeof...(Arguments) - 1>(arguments);
      if constexpr (std::is_same_v<decltype(last), cl::Int *>)
        if (last) *last = status;
    }
    return nullptr;
  }
}

// Answers clGet...Info(..., which, size, value, size_out) as requested.
template <class... Arguments>
bool answered(const char *name, const std::tuple<Arguments...> &arguments, cl::Int &result) {
  constexpr std::size_t kCount = sizeof...(Arguments);
  if constexpr (kCount >= 5) {
    if constexpr (std::is_same_v<std::tuple_element_t<kCount - 1, std::tuple<Arguments...>>,
                                 cl::Size *> &&
                  std::is_same_v<std::tuple_element_t<kCount - 2, std::tuple<Arguments...>>,
                                 void *>) {
      Answer answer;
      const auto which = static_cast<unsigned>(std::get<kCount - 4>(arguments));
      if (!Faults::instance().answer(name, which, answer)) return false;
      const cl::Size room = std::get<kCount - 3>(arguments);
      if (void *const value = std::get<kCount - 2>(arguments))
        std::memcpy(value, answer.bytes.data(), std::min(room, answer.bytes.size()));
      if (cl::Size *const size = std::get<kCount - 1>(arguments)) *size = answer.claimed;
      result = cl::kSuccess;
      return true;
    }
  }
  return false;
}

void wait_as_requested(const char *name, cl::Uint count, const cl::Event *events) {
  if (std::strcmp(name, "clWaitForEvents") != 0) return;
  for (cl::Uint i = 0; events && i < count; ++i)
    if (const long left = Faults::instance().left(events[i])) sleep_ns(left);
}

// Before the call: waits as long as slow queues would take.
template <class... Arguments>
void delay(const char *name, const std::tuple<Arguments...> &arguments) {
  if (std::strcmp(name, "clFinish") == 0)
    if (const long left = Faults::instance().left_of_all()) sleep_ns(left);
  if constexpr (std::is_same_v<std::tuple<Arguments...>, std::tuple<cl::Uint, const cl::Event *>>)
    std::apply([&](auto... each) { wait_as_requested(name, each...); }, arguments);
}

// After the call: an event whose work still takes time is reported as submitted.
template <class... Arguments>
void keep_pending(const char *name, const std::tuple<Arguments...> &arguments) {
  if constexpr (std::is_same_v<std::tuple<Arguments...>,
                               std::tuple<cl::Event, cl::Uint, cl::Size, void *, cl::Size *>>) {
    constexpr cl::Int kSubmitted = 2;
    const auto [event, which, size, value, size_out] = arguments;
    cl::Int status = cl::kSuccess;
    if (std::strcmp(name, "clGetEventInfo") != 0 || which != cl::kEventStatus || !value) return;
    std::memcpy(&status, value, sizeof status);
    if (status == cl::kComplete && Faults::instance().left(event) > 0)
      std::memcpy(value, &kSubmitted, sizeof kSubmitted);
  }
}

template <class Result, class... Arguments>
void count(const char *name, Result result, const std::tuple<Arguments...> &arguments) {
  Faults &faults = Faults::instance();
  if constexpr (std::is_pointer_v<Result>) {
    if (begins(name, "clCreate") && kind_of<Result>()) faults.count(kind_of<Result>(), result, 1);
    if (std::strcmp(name, "clSVMAlloc") == 0) faults.count("addresses", result, 1);
  } else if constexpr (sizeof...(Arguments) > 0) {
    if (result != cl::kSuccess) return;
    using First = std::tuple_element_t<0, std::tuple<Arguments...>>;
    if constexpr (kind_of<First>() != nullptr)
      if (begins(name, "clRelease")) faults.count(kind_of<First>(), std::get<0>(arguments), -1);
    const auto last = std::get<sizeof...(Arguments) - 1>(arguments);
    if constexpr (std::is_same_v<std::remove_const_t<decltype(last)>, cl::Event *>)
      if (last) faults.count("events", *last, 1);
  }
}

template <class Result, class... Arguments>
Result call(const char *name, void *target, Arguments... given) {
  const std::tuple<Arguments...> arguments(given...);
  const auto function = reinterpret_cast<Result (*)(Arguments...)>(target);
  int status = 0;
  if (Faults::instance().fails(name, status)) {
    if (status == kThrow) throw std::runtime_error("a driver's exception");
    if (status != kPrint) return failed<Result>(status, arguments);
    std::fprintf(stdout, "the driver prints to stdout\n");
    std::fprintf(stderr, "the driver prints to stderr\n");
    std::fflush(stdout);
  }
  delay(name, arguments);
  if constexpr (std::is_void_v<Result>) {
    function(given...);
    if (std::strcmp(name, "clSVMFree") == 0)
      Faults::instance().count("addresses", std::get<1>(arguments), -1);
  } else {
    if constexpr (std::is_same_v<Result, cl::Int>)
      if (Result result; answered(name, arguments, result)) return result;
    const Result result = function(given...);
    count(name, result, arguments);
    if constexpr (std::is_same_v<Result, cl::Int>)
      if (result == cl::kSuccess) keep_pending(name, arguments);
    return result;
  }
}

template <class Function>
struct Signature;
template <class R, class... A>
struct Signature<R(A...)> {
  using Result = R;
  template <const char *const &kName, void *&kTarget>
  static R wrapper(A... arguments) {
    return call<R, A...>(kName, kTarget, arguments...);
  }
};

// The list has the types of this namespace.
using namespace cl;
#define WRAP(RESULT, NAME, ...)            \
  const char *const NAME##Name = #NAME;    \
  void *&NAME##Below = below[NAME##Place]; \
  const auto NAME##Wrapper = &Signature<RESULT(__VA_ARGS__)>::wrapper<NAME##Name, NAME##Below>;
NEXUS_OPENCL_FUNCTIONS(WRAP)
#undef WRAP

}  // namespace
}  // namespace nexus::opencl_layer

using namespace nexus::opencl_layer;

#define EXPORT extern "C" __attribute__((visibility("default")))

// The loader asks for the version of the interface between it and layers: 1.0.0 is 100.
EXPORT cl::Int clGetLayerInfo(cl::Uint which, std::size_t size, void *value, std::size_t *needed) {
  constexpr cl::Uint kVersion = 0x4240, kName = 0x4241, kVersion100 = 100;
  static constexpr char kOurName[] = "Nexus: faults on request";
  const void *answer = which == kName ? static_cast<const void *>(kOurName) : &kVersion100;
  const std::size_t length = which == kName ? sizeof kOurName : sizeof kVersion100;
  if ((which != kVersion && which != kName) || (value && size < length)) return cl::kInvalidValue;
  if (value) std::memcpy(value, answer, length);
  if (needed) *needed = length;
  return cl::kSuccess;
}

EXPORT cl::Int clInitLayer(cl::Uint count, void *const *target, cl::Uint *count_out,
                           void *const **ours) {
  if (!target || !count_out || !ours || count < kPlaces || count > kMostPlaces)
    return cl::kInvalidValue;
  std::memcpy(below, target, count * sizeof *target);
  std::memcpy(table, target, count * sizeof *target);
#define PLACE_WRAPPER(RESULT, NAME, ...) \
  table[NAME##Place] = reinterpret_cast<void *>(NAME##Wrapper);
  NEXUS_OPENCL_FUNCTIONS(PLACE_WRAPPER)
#undef PLACE_WRAPPER
  *count_out = count;
  *ours = table;
  return cl::kSuccess;
}

// What newer loaders call instead.
EXPORT cl::Int clInitLayerWithProperties(cl::Uint count, void *const *target, cl::Uint *count_out,
                                         void *const **ours, const std::intptr_t * /*properties*/) {
  return clInitLayer(count, target, count_out, ours);
}

EXPORT void nexusLayerFailCall(const char *function, long nth, int status, long times) {
  Faults::instance().fail_call(function, nth, status, times);
}
EXPORT void nexusLayerAnswer(const char *function, unsigned which, const void *bytes,
                             std::size_t size, std::size_t claimed) {
  Faults::instance().answer_query(function, which, bytes, size, claimed);
}
EXPORT void nexusLayerDelay(long microseconds) { Faults::instance().delay(microseconds); }
EXPORT void nexusLayerClear() { Faults::instance().clear(); }
EXPORT long nexusLayerCalls(const char *function) { return Faults::instance().calls(function); }
EXPORT long nexusLayerLive(const char *kind) { return Faults::instance().live(kind); }
