// Source in Metal's language, read as far as is needed to have a C++ compiler compile it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace msl {

struct Token {
  enum class Kind { kWord, kNumber, kOther };
  Kind kind;
  std::string_view text;
  std::size_t position;
};

// Without comments, strings and white space.
std::vector<Token> tokenize(std::string_view source);

// C++ for the source: line by line the same, and entries to its kernels to go behind it.
struct Translation {
  std::string program, entries;
};
Translation translate(const std::string &source);

}  // namespace msl
