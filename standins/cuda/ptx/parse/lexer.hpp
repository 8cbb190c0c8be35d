// PTX text as tokens.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace standin::ptx {

struct Token {
  enum class Kind {
    word,  // an opcode, a register, a name or a directive, its dots included
    number,
    string,
    punctuation,  // one character
    end
  };
  Kind kind;
  std::string text;
  int line;

  bool is(std::string_view expected) const { return kind != Kind::string && text == expected; }
};

// Ends with a token of the kind `end`. Throws LoadError.
std::vector<Token> tokens_of(std::string_view text);

}  // namespace standin::ptx
