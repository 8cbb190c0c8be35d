#include "string.hpp"

#include <cstring>
#include <mutex>
#include <unordered_map>

namespace standin {
namespace {

// Constants in the layouts of Clang for gnustep-2.0 and for Apple's runtime.
struct ConstantString {
  Class *isa;
  unsigned flags, length, size, hash;
  const char *text;
};
struct AppleConstantString {
  Class *isa;
  unsigned long flags;
  const char *text;
  unsigned long length;
};

// Tagged pointer: up to 8 characters of 7 bits from the top, their number, and this tag.
constexpr std::uintptr_t kTinyTag = 4;

const char *tiny_text(std::uintptr_t bits) {
  static auto &mutex = *new std::mutex;
  static auto &texts = *new std::unordered_map<std::uintptr_t, std::string>;
  const std::lock_guard lock(mutex);
  std::string &text = texts[bits];
  if (text.empty())
    for (unsigned i = 0; i < ((bits >> 3) & 31); ++i)
      text.push_back(static_cast<char>((bits >> (57 - 7 * i)) & 127));
  return text.c_str();
}

const char *text_of(Object *self, SEL) { return utf8(self); }
unsigned long length_of(Object *self, SEL) { return std::strlen(utf8(self)); }
unsigned long length_in_encoding(Object *self, SEL, unsigned long) { return length_of(self, {}); }
bool equal(Object *self, SEL, Object *other) { return !std::strcmp(utf8(self), utf8(other)); }

String *from_utf8(Class *, SEL, const char *text) { return string(text); }

}  // namespace

String *string(const std::string &text) {
  return static_cast<String *>(autorelease(new String(text)));
}

Class *tiny_string_class(const void *receiver) {
  const auto bits = reinterpret_cast<std::uintptr_t>(receiver);
  return (bits & 7) == kTinyTag ? &NSString : nullptr;
}

}  // namespace standin

using namespace standin;

STANDIN_DEFINE_CLASS(NSString, &NSObject, destroy<String>,
                     {
                         method("UTF8String", text_of),
                         method("length", length_of),
                         method("lengthOfBytesUsingEncoding:", length_in_encoding),
                         method("isEqualToString:", equal),
                         method(
                             "description", +[](Object *self, SEL) { return self; }),
                     },
                     {method("stringWithUTF8String:", from_utf8)})
STANDIN_DEFINE_CLASS(NSConstantString, &NSString, nullptr, {})

// The symbol of the class of constants in Apple's compilers.
STANDIN_EXPORT Class __CFConstantStringClassReference;
Class __CFConstantStringClassReference("__NSCFConstantString", &NSString, nullptr, {});

const char *standin::utf8(const Object *string) {
  if (!string) return nullptr;
  if (tiny_string_class(string)) return tiny_text(reinterpret_cast<std::uintptr_t>(string));
  if (string->isa == &NSConstantString)
    return reinterpret_cast<const ConstantString *>(string)->text;
  if (string->isa == &__CFConstantStringClassReference)
    return reinterpret_cast<const AppleConstantString *>(string)->text;
  return static_cast<const String *>(string)->text.c_str();
}
