// Objective-C type encodings of methods, derived from the types of C++ functions.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>

#include "object.hpp"

namespace standin {

class Class;
struct Selector;
struct Block;

// Structures passed by value, with the names in Apple's headers.
struct Size {
  unsigned long width, height, depth;
};
struct Range {
  unsigned long location, length;
};

template <class T>
struct Encoding;

#define STANDIN_ENCODING(TYPE, TEXT)           \
  template <>                                  \
  struct Encoding<TYPE> {                      \
    static std::string text() { return TEXT; } \
  };
STANDIN_ENCODING(void, "v")
STANDIN_ENCODING(bool, "B")
STANDIN_ENCODING(unsigned char, "C")
STANDIN_ENCODING(long, "q")
STANDIN_ENCODING(unsigned long, "Q")
STANDIN_ENCODING(double, "d")
STANDIN_ENCODING(void *, "^v")
STANDIN_ENCODING(const void *, "r^v")
STANDIN_ENCODING(const char *, "r*")
STANDIN_ENCODING(unsigned long *, "^Q")
STANDIN_ENCODING(Class *, "#")
STANDIN_ENCODING(const Selector *, ":")
STANDIN_ENCODING(Block *, "@?")
STANDIN_ENCODING(Size, "{?=QQQ}")
STANDIN_ENCODING(Range, "{_NSRange=QQ}")
#undef STANDIN_ENCODING

template <std::derived_from<Object> T>
struct Encoding<T *> {
  static std::string text() { return "@"; }
};
template <std::derived_from<Object> T>
struct Encoding<T **> {
  static std::string text() { return "^@"; }
};

// Return type and frame size, then the type and frame offset of each argument.
template <class R, class... A>
std::string encode_method() {
  std::size_t offset = 16;
  std::string arguments = "@0:8";
  [[maybe_unused]] const auto add = [&](const std::string &text, std::size_t size) {
    arguments += text + std::to_string(offset);
    offset += size < 4 ? 4 : size;
  };
  (add(Encoding<A>::text(), sizeof(A)), ...);
  return Encoding<R>::text() + std::to_string(offset) + arguments;
}

}  // namespace standin
