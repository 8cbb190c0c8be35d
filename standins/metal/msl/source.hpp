// Source in Metal's language, parsed as far as needed to compile it as C++.
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

// Tokens, without comments, strings, directives and white space.
std::vector<Token> tokenize(std::string_view source);

// The translation of preprocessed source to C++, with the same line markers, and entries for its
// kernels to append.
struct Translation {
  std::string program, entries;
};
Translation translate(const std::string &source);

}  // namespace msl
