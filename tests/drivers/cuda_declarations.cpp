// The plugin's own declarations of NVIDIA's libraries against NVIDIA's headers: what differs does
// not compile. Enumerations are ints to the plugin, and structures have names of its own.
#include <cuda.h>
#include <nvrtc.h>

#include <type_traits>

#include "driver/driver_functions.hpp"
#include "images/compiler_functions.hpp"

namespace cu = nexus::cuda::cu;

template <class T>
struct Plain {
  using type = std::conditional_t<std::is_enum_v<T>, int, T>;
};
template <>
struct Plain<CUuuid> {
  using type = cu::Uuid;
};
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

static_assert(sizeof(cu::Uuid) == sizeof(CUuuid));

#define CHECK(NAME, ...)                                                          \
  static_assert(std::is_same_v<plain_t<decltype(NAME)>, cu::Result(__VA_ARGS__)>, \
                #NAME " is declared otherwise");
NEXUS_CUDA_FUNCTIONS(CHECK)
NEXUS_CUDA_OPTIONAL_FUNCTIONS(CHECK)
#define CHECK_NVRTC(NAME, ...) CHECK(nvrtc##NAME, __VA_ARGS__)
NEXUS_NVRTC_FUNCTIONS(CHECK_NVRTC)
#undef CHECK_NVRTC
#undef CHECK

#define CHECK(NAME, THEIRS, VALUE) static_assert(THEIRS == VALUE, #THEIRS " has another value");
NEXUS_CUDA_CONSTANTS(CHECK)
#undef CHECK

// The memory types, which the plugin tells apart by number.
static_assert(CU_MEMORYTYPE_HOST == 1);

int main() {}
