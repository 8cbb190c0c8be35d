// The plugin's own declarations of NVIDIA's libraries against NVIDIA's headers: what differs does
// not compile. Enumerations are ints to the plugin, and structures have names of its own.
#include <cuda.h>
#include <nvrtc.h>

#include <type_traits>

#include "driver/driver_functions.hpp"
#include "images/compiler_functions.hpp"

namespace native = nexus::gpu::native;

template <class T>
struct Plain {
  using type = std::conditional_t<std::is_enum_v<T>, int, T>;
};
template <>
struct Plain<CUuuid> {
  using type = native::Uuid;
};
template <>
struct Plain<nvrtcProgram> {
  using type = nexus::gpu::RtcProgram;
};
#define HANDLE(THEIRS, OURS)   \
  template <>                  \
  struct Plain<THEIRS> {       \
    using type = native::OURS; \
  };
HANDLE(CUcontext, Context)
HANDLE(CUstream, Stream)
HANDLE(CUevent, Event)
HANDLE(CUmodule, Module)
HANDLE(CUfunction, Function)
HANDLE(CUgraph, Graph)
HANDLE(CUgraphExec, GraphExec)
#undef HANDLE
template <class T>
struct Plain<T *> {
  using type = typename Plain<T>::type *;
};
template <class R, class... A>
struct Plain<R(A...)> {
  using type = typename Plain<R>::type(typename Plain<A>::type...);
};
template <class T>
using plain_t = typename Plain<T>::type;

static_assert(sizeof(native::Uuid) == sizeof(CUuuid));

#define CHECK_TYPE(NAME, ...)                                                         \
  static_assert(std::is_same_v<plain_t<decltype(NAME)>, native::Result(__VA_ARGS__)>, \
                #NAME " is declared otherwise");
#define CHECK(NAME, NVIDIA, AMD, ...) CHECK_TYPE(NVIDIA, __VA_ARGS__)
NEXUS_GPU_FUNCTIONS(CHECK)
#undef CHECK
#define CHECK(NAME, NVIDIA, ...) CHECK_TYPE(NVIDIA, __VA_ARGS__)
NEXUS_GPU_SUBSTITUTED_FUNCTIONS(CHECK)
NEXUS_GPU_NVIDIA_FUNCTIONS(CHECK)
#undef CHECK
CHECK_TYPE(cuGetErrorName, native::Result, const char **)
CHECK_TYPE(cuGetErrorString, native::Result, const char **)
#define CHECK(NAME, ...) CHECK_TYPE(nvrtc##NAME, __VA_ARGS__)
NEXUS_NVRTC_FUNCTIONS(CHECK)
#undef CHECK

#define CHECK_VALUE(THEIRS, VALUE) static_assert(THEIRS == VALUE, #THEIRS " has another value");
#define CHECK(NAME, NVIDIA, AMD, VALUE) CHECK_VALUE(NVIDIA, VALUE)
NEXUS_GPU_CONSTANTS(CHECK)
#undef CHECK
#define CHECK(NAME, NVIDIA, VALUE) CHECK_VALUE(NVIDIA, VALUE)
NEXUS_GPU_NVIDIA_CONSTANTS(CHECK)
#undef CHECK
#define CHECK(NAME, NVIDIA, VALUE, ...) CHECK_VALUE(NVIDIA, VALUE)
NEXUS_GPU_ATTRIBUTES(CHECK)
#undef CHECK

// The memory types, which the plugin tells apart by number.
static_assert(CU_MEMORYTYPE_HOST == 1);

int main() {}
