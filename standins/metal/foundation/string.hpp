// Strings in their four forms: objects, constants of both compilers, and short ones in a pointer.
#pragma once

#include <string>

#include "../runtime/class.hpp"

STANDIN_CLASS(NSString)
STANDIN_CLASS(NSConstantString)

namespace standin {

struct String : Object {
  explicit String(std::string text, Lifetime lifetime = Lifetime::kCounted)
      : Object(NSString, lifetime), text(std::move(text)) {}
  const std::string text;
};

// The UTF-8 text of an NSString; NULL for NULL.
const char *utf8(const Object *string);
// A new string that the caller need not release.
String *string(const std::string &text);
// The class of a string that is in the pointer itself; NULL for another receiver.
Class *tiny_string_class(const void *receiver);

}  // namespace standin
