// The plugin's own declarations of hiprtc and comgr against AMD's headers: what differs does not
// compile. Enumerations are ints to the plugin, and comgr's handle has a name of its own.
#include <amd_comgr.h>
#include <hip/hiprtc.h>

#include <type_traits>

#include "images/compiler_functions.hpp"

template <class T>
struct Plain {
  using type = std::conditional_t<std::is_enum_v<T>, int, T>;
};
template <>
struct Plain<amd_comgr_action_info_t> {
  using type = ComgrAction;
};
template <>
struct Plain<hiprtcProgram> {
  using type = nexus::gpu::RtcProgram;
};
// The plugin's pointers to arrays of strings say that the strings stay as they are.
template <>
struct Plain<const char **> {
  using type = const char *const *;
};
template <class T>
struct Plain<T *> {
  using type = typename Plain<T>::type *;
};
template <class R, class... A>
struct Plain<R(A...)> {
  using type = typename Plain<R>::type(typename Plain<A>::type...);
};

static_assert(sizeof(ComgrAction) == sizeof(amd_comgr_action_info_t));
static_assert(HIPRTC_SUCCESS == 0 && AMD_COMGR_STATUS_SUCCESS == 0);

#define CHECK(NAME, ...)                                                                \
  static_assert(std::is_same_v<typename Plain<decltype(NAME)>::type, int(__VA_ARGS__)>, \
                #NAME " is declared otherwise");
#define CHECK_HIPRTC(NAME, ...) CHECK(hiprtc##NAME, __VA_ARGS__)
NEXUS_HIPRTC_FUNCTIONS(CHECK_HIPRTC)
#define CHECK_COMGR(NAME, ...) CHECK(amd_comgr_##NAME, __VA_ARGS__)
NEXUS_COMGR_FUNCTIONS(CHECK_COMGR)

int main() {}
