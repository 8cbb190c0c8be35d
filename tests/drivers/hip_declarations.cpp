// The plugin's own declarations of AMD's HIP runtime against AMD's header: what differs does not
// compile. Enumerations are ints to the plugin, addresses of devices are numbers, and structures
// have names of its own.
#define __HIP_PLATFORM_AMD__ 1
#define __HIP_DISABLE_CPP_FUNCTIONS__ 1
#include <hip/hip_runtime_api.h>

#include <cstddef>
#include <type_traits>

#include "driver/hip_functions.hpp"

namespace native = nexus::gpu::native;
namespace hip = nexus::hip;

// How both sides' types are passed: numbers and enumerations by their size, and pointers, be they
// addresses of devices, handles, or where a result goes, as numbers of the same size.
template <class T>
struct Passed {
  using type = T;
};
template <class T>
  requires std::is_enum_v<T> || std::is_integral_v<T>
struct Passed<T> {
  using type = std::make_unsigned_t<T>;
};
template <class T>
struct Passed<T *> {
  using type = unsigned long long;
};
// A string is not an address of a device.
template <>
struct Passed<const char *> {
  using type = const char *;
};
template <class R, class... A>
struct Passed<R(A...)> {
  using type = typename Passed<R>::type(typename Passed<A>::type...);
};
template <class T>
using passed_t = typename Passed<T>::type;

// What is behind a pointer to a number is compared too.
template <class Ours, class Theirs>
constexpr bool is_same_result = true;
template <class Ours, class Theirs>
  requires(std::is_arithmetic_v<Ours> && !std::is_same_v<Ours, char>)
constexpr bool is_same_result<Ours *, Theirs *> =
    std::is_void_v<Theirs> ||
    sizeof(Ours) == sizeof(std::conditional_t<std::is_void_v<Theirs>, int, Theirs>);
template <class Ours, class Theirs>
struct SameResults : std::false_type {};
template <class R, class S, class... A, class... B>
  requires(sizeof...(A) == sizeof...(B))
struct SameResults<R(A...), S(B...)> : std::bool_constant<(is_same_result<A, B> && ...)> {};

template <class Ours, class Theirs>
constexpr bool kSame =
    std::is_same_v<passed_t<Ours>, passed_t<Theirs>> && SameResults<Ours, Theirs>::value;

static_assert(sizeof(native::Uuid) == sizeof(hipUUID));

#define CHECK_AMDS(NAME, ...) \
  static_assert(kSame<__VA_ARGS__, decltype(NAME)>, #NAME " is declared otherwise");
#define CHECK(NAME, NVIDIA, AMD, ...) CHECK_AMDS(AMD, native::Result(__VA_ARGS__))
NEXUS_GPU_FUNCTIONS(CHECK)
#undef CHECK
#define CHECK(NAME, AMD, RESULT, ...) CHECK_AMDS(AMD, RESULT(__VA_ARGS__))
NEXUS_GPU_AMD_FUNCTIONS(CHECK)
#undef CHECK
#define CHECK(NAME, ...) CHECK_AMDS(NAME, native::Result(__VA_ARGS__))
NEXUS_HIP_FUNCTIONS(CHECK)
#undef CHECK

#define CHECK(NAME, NVIDIA, AMD, VALUE) static_assert(AMD == VALUE, #AMD " has another value");
NEXUS_GPU_CONSTANTS(CHECK)
#undef CHECK
#define CHECK(NAME, NVIDIA, NUMBER, AMD, AMD_NUMBER) \
  static_assert(AMD == AMD_NUMBER, #AMD " has another number");
NEXUS_GPU_ATTRIBUTES(CHECK)
#undef CHECK

static_assert(hipMemcpyDefault == hip::kCopyByAddress);
static_assert(HIP_VERSION / hip::kMajorVersion == HIP_VERSION_MAJOR);
static_assert(HIP_VERSION % hip::kMajorVersion / hip::kMinorVersion == HIP_VERSION_MINOR);

// The plugin tells host memory from a device's by its number, which depends on the version.
#if HIP_VERSION_MAJOR >= 6
static_assert(hipMemoryTypeHost == 1 && hipMemoryTypeDevice == 2);
#else
static_assert(hipMemoryTypeHost == 0 && hipMemoryTypeDevice == 1);
// Later headers do not have the structure of the function that the plugin calls.
static_assert(sizeof(hipDeviceProp_t) == hip::kPropertiesSize);
static_assert(offsetof(hipDeviceProp_t, gcnArchName) == hip::kTargetOffset);
static_assert(sizeof(hipDeviceProp_t::gcnArchName) == hip::kTargetSize);
#endif

int main() {}
