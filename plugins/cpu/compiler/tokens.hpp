// The tokens of preprocessed C and C++.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nexus::cpu {

struct Token {
  // A word, a number, a literal (its first character), or one character of punctuation.
  std::string_view text;
  // Where the preprocessor's line markers say that it comes from.
  std::string_view file;
  int line = 0;
};

std::vector<Token> tokens_of(std::string_view preprocessed);

}  // namespace nexus::cpu
