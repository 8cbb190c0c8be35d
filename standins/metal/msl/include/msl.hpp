// The parts of Metal's language that need no include, for Clang, which has vector types.
#pragma once

#include "../abi.hpp"

#define kernel
#define vertex
#define fragment
#define device
#define constant const
#define thread
// A type of its own, since functions can be overloaded by it; the host's memory is all one.
// Variables of kernels are static already.
#define threadgroup __attribute__((address_space(3)))

using uchar = unsigned char;
using ushort = unsigned short;
using uint = unsigned int;
using ulong = unsigned long;
using size_t = decltype(sizeof 0);
using ptrdiff_t = decltype((char *)nullptr - (char *)nullptr);
using int8_t = signed char;
using uint8_t = unsigned char;
using int16_t = short;
using uint16_t = unsigned short;
using int32_t = int;
using uint32_t = unsigned int;
using int64_t = long;
using uint64_t = unsigned long;
using half = _Float16;
using bfloat = __bf16;

#define MSL_VECTORS(TYPE)                                   \
  typedef TYPE TYPE##2 __attribute__((ext_vector_type(2))); \
  typedef TYPE TYPE##3 __attribute__((ext_vector_type(3))); \
  typedef TYPE TYPE##4 __attribute__((ext_vector_type(4)));
MSL_VECTORS(float)
MSL_VECTORS(half)
MSL_VECTORS(char)
MSL_VECTORS(uchar)
MSL_VECTORS(short)
MSL_VECTORS(ushort)
MSL_VECTORS(int)
MSL_VECTORS(uint)
MSL_VECTORS(long)
MSL_VECTORS(ulong)
MSL_VECTORS(bool)
#undef MSL_VECTORS

// Functions of the shim below use the word.
#undef thread
namespace msl {

// The thread that is running.
inline thread_local const Thread *current;

template <class T>
struct Remove {
  using type = T;
};
template <class T>
struct Remove<T &> {
  using type = T;
};
template <class T>
struct Remove<T &&> {
  using type = T;
};
template <class T>
struct Remove<T *> {
  using type = T;
};
template <class T>
struct Remove<const T> {
  using type = T;
};
template <class T>
struct Remove<threadgroup T> {
  using type = T;
};
template <class T>
using bare_t = typename Remove<typename Remove<T>::type>::type;

template <class T>
struct IsConst {
  static constexpr bool value = false;
};
template <class T>
struct IsConst<const T *> {
  static constexpr bool value = true;
};
template <class T>
struct IsConst<const T &> {
  static constexpr bool value = true;
};
template <class T>
struct IsReference {
  static constexpr bool value = false;
};
template <class T>
struct IsReference<T &> {
  static constexpr bool value = true;
};

// The numbers of MTLDataType; those of vectors of 2 to 4 follow the scalar's.
template <class T>
constexpr unsigned kDataType = 1;
#define MSL_DATA_TYPE(TYPE, NUMBER)                          \
  template <>                                                \
  inline constexpr unsigned kDataType<TYPE> = NUMBER;        \
  template <>                                                \
  inline constexpr unsigned kDataType<TYPE##2> = NUMBER + 1; \
  template <>                                                \
  inline constexpr unsigned kDataType<TYPE##3> = NUMBER + 2; \
  template <>                                                \
  inline constexpr unsigned kDataType<TYPE##4> = NUMBER + 3;
MSL_DATA_TYPE(float, 3)
MSL_DATA_TYPE(half, 16)
MSL_DATA_TYPE(int, 29)
MSL_DATA_TYPE(uint, 33)
MSL_DATA_TYPE(short, 37)
MSL_DATA_TYPE(ushort, 41)
MSL_DATA_TYPE(char, 45)
MSL_DATA_TYPE(uchar, 49)
MSL_DATA_TYPE(bool, 53)
MSL_DATA_TYPE(long, 81)
MSL_DATA_TYPE(ulong, 85)
#undef MSL_DATA_TYPE
template <>
inline constexpr unsigned kDataType<bfloat> = 121;

// The type of a parameter of a function.
template <unsigned kIndex, class F>
struct ParameterOf;
template <unsigned kIndex, class First, class... Rest>
struct ParameterOf<kIndex, void(First, Rest...)> : ParameterOf<kIndex - 1, void(Rest...)> {};
template <class First, class... Rest>
struct ParameterOf<0, void(First, Rest...)> {
  using type = First;
};

template <class P>
constexpr Argument describe(const char *name, Argument::Kind kind, unsigned index, bool active) {
  using T = bare_t<P>;
  return {name,        kind,
          index,       IsConst<P>::value ? Argument::kReadOnly : Argument::kReadWrite,
          active,      IsReference<P>::value,
          sizeof(T),   alignof(T),
          kDataType<T>};
}

// A slot's address as a pointer or a reference.
template <class P>
struct Slot {
  static P get(void *address) { return (P)address; }
};
template <class T>
struct Slot<T &> {
  static T &get(void *address) { return *(T *)address; }
};

// Numbers as scalars and as vectors.
template <class T>
struct Value {
  static T get(const Index &index) { return static_cast<T>(index.x); }
  static T get(unsigned number) { return static_cast<T>(number); }
};
#define MSL_INDEX(SCALAR)                                                                 \
  template <>                                                                             \
  struct Value<SCALAR##2> {                                                               \
    static SCALAR##2 get(const Index &i) { return SCALAR##2 {(SCALAR)i.x, (SCALAR)i.y}; } \
  };                                                                                      \
  template <>                                                                             \
  struct Value<SCALAR##3> {                                                               \
    static SCALAR##3 get(const Index &i) {                                                \
      return SCALAR##3 {(SCALAR)i.x, (SCALAR)i.y, (SCALAR)i.z};                           \
    }                                                                                     \
  };
MSL_INDEX(uint)
MSL_INDEX(ushort)
#undef MSL_INDEX

// float4(a, b), of scalars and vectors that have four numbers together, or of one for all.
template <class V>
struct Elements {
  static constexpr unsigned value = 1;
  template <class T>
  static void put(T *out, V in) {
    *out = static_cast<T>(in);
  }
};
template <class S, unsigned kCount>
struct Elements<S __attribute__((ext_vector_type(kCount)))> {
  static constexpr unsigned value = kCount;
  template <class T>
  static void put(T *out, S __attribute__((ext_vector_type(kCount))) in) {
    for (unsigned i = 0; i < kCount; ++i) out[i] = static_cast<T>(in[i]);
  }
};
template <class V, class... A>
V make(A... parts) {
  using S = bare_t<decltype(V{}[0])>;
  constexpr unsigned all = Elements<V>::value;
  S numbers[all + 4] = {};
  unsigned count = 0;
  ((Elements<A>::put(numbers + count, parts), count += Elements<A>::value), ...);
  static_assert((Elements<A>::value + ... + 0) >= all || sizeof...(A) <= 1,
                "too few numbers for the vector");
  V vector{};
  for (unsigned i = 0; i < all; ++i) vector[i] = numbers[count == 1 ? 0 : i];
  return vector;
}

inline void wait(bool simdgroup) {
  const Thread *self = current;
  self->wait(self->group, self->thread_index_in_threadgroup, simdgroup);
  current = self;
}

}  // namespace msl

// Collects the sizes of a kernel's threadgroup variables.
#define MSL_STATIC_MEMORY(KERNEL, NAME)    \
  static const unsigned msl_size_of_##NAME \
      __attribute__((used, retain, section("msl_memory_" #KERNEL))) = sizeof(NAME);

#define MSL_BEGIN(NAME)                                                                        \
  extern "C" __attribute__((weak, visibility("hidden")))                                       \
  const unsigned __start_msl_memory_##NAME[];                                                  \
  extern "C" __attribute__((weak, visibility("hidden")))                                       \
  const unsigned __stop_msl_memory_##NAME[];                                                   \
  static unsigned msl_static_memory_##NAME() {                                                 \
    unsigned size = 0;                                                                         \
    for (const unsigned *at = __start_msl_memory_##NAME; at != __stop_msl_memory_##NAME; ++at) \
      size += *at;                                                                             \
    return size;                                                                               \
  }                                                                                            \
  static const ::msl::Argument msl_arguments_##NAME[] = {
#define MSL_PARAMETER(NAME, PLACE) typename ::msl::ParameterOf<PLACE, decltype(::NAME)>::type
#define MSL_ARGUMENT(NAME, PLACE, TEXT, KIND, INDEX, ACTIVE) \
  ::msl::describe<MSL_PARAMETER(NAME, PLACE)>(TEXT, ::msl::Argument::KIND, INDEX, ACTIVE),
// The last entry avoids an empty array.
#define MSL_RUN(NAME)                                                         \
  {                                                                           \
  }                                                                           \
  }                                                                           \
  ;                                                                           \
  static void msl_run_##NAME(const ::msl::Thread *self, void *const *buffers, \
                             void *const *memories) {                         \
    ::msl::current = self;                                                    \
    static_cast<void>(buffers), static_cast<void>(memories);                  \
    ::NAME(
#define MSL_SLOT(NAME, PLACE, TABLE, INDEX) \
  ::msl::Slot<MSL_PARAMETER(NAME, PLACE)>::get(TABLE[INDEX])
#define MSL_VALUE(NAME, PLACE, ATTRIBUTE) \
  ::msl::Value<MSL_PARAMETER(NAME, PLACE)>::get(self->ATTRIBUTE)
#define MSL_END ); \
  }

#define MSL_KERNELS_BEGIN extern "C" const ::msl::Kernel msl_kernels[] = {
#define MSL_KERNEL(NAME, MAX_THREADS, COOPERATIVE)            \
  {#NAME,                                                     \
   3,                                                         \
   msl_arguments_##NAME,                                      \
   sizeof msl_arguments_##NAME / sizeof(::msl::Argument) - 1, \
   MAX_THREADS,                                               \
   COOPERATIVE,                                               \
   msl_static_memory_##NAME,                                  \
   msl_run_##NAME},
#define MSL_OTHER(NAME, TYPE) {#NAME, TYPE, nullptr, 0, 0, false, nullptr, nullptr},
#define MSL_KERNELS_END \
  {                     \
  }                     \
  }                     \
  ;                     \
  extern "C" const unsigned msl_kernel_count = sizeof msl_kernels / sizeof(::msl::Kernel) - 1;

#define thread
