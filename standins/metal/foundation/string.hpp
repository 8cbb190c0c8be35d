// The four forms of strings: objects, constants of two compilers, and tagged pointers.
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

// Returns the UTF-8 text of an NSString; NULL for NULL.
const char *utf8(const Object *string);
// Returns a new autoreleased string.
String *string(const std::string &text);
// Returns the class of a tagged pointer; NULL for other receivers.
Class *tiny_string_class(const void *receiver);

}  // namespace standin
