#include <cctype>

#include "source.hpp"

namespace msl {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)); }

std::size_t end_of_literal(std::string_view source, std::size_t at) {
  const char quote = source[at++];
  while (at < source.size() && source[at] != quote) at += source[at] == '\\' ? 2 : 1;
  return at + 1;
}

std::size_t end_of_number(std::string_view source, std::size_t at) {
  const bool hexadecimal = source.substr(at, 2) == "0x" || source.substr(at, 2) == "0X";
  for (; at < source.size(); ++at) {
    const char c = source[at], before = at ? source[at - 1] : ' ';
    const bool sign = (c == '+' || c == '-') && (hexadecimal ? before == 'p' || before == 'P'
                                                             : before == 'e' || before == 'E');
    if (!is_word(c) && c != '.' && !sign) break;
  }
  return at;
}

bool starts_a_line(std::string_view source, std::size_t at) {
  const std::size_t before = source.substr(0, at).find_last_not_of(" \t");
  return before == source.npos || source[before] == '\n';
}

}  // namespace

std::vector<Token> tokenize(std::string_view source) {
  std::vector<Token> tokens;
  const auto starts = [&](std::size_t at, std::string_view text) {
    return source.substr(at, text.size()) == text;
  };
  const auto after = [&](std::string_view text, std::size_t from) {
    const std::size_t found = source.find(text, from);
    return found == source.npos ? source.size() : found + text.size();
  };
  // Open brackets within an attribute, to distinguish its end from that of two subscripts.
  int open = -1;
  for (std::size_t at = 0; at < source.size();) {
    const char c = source[at];
    std::size_t end = at + 1;
    Token::Kind kind = Token::Kind::kOther;
    if (std::isspace(static_cast<unsigned char>(c))) {
      ++at;
      continue;
    }
    if (starts(at, "//") || starts(at, "/*")) {
      at = starts(at, "//") ? after("\n", at) : after("*/", at + 2);
      continue;
    }
    if (c == '"' || c == '\'') {
      at = end_of_literal(source, at);
      continue;
    }
    if (is_digit(c) || (c == '.' && at + 1 < source.size() && is_digit(source[at + 1]))) {
      end = end_of_number(source, at);
      kind = Token::Kind::kNumber;
    } else if (is_word(c)) {
      while (end < source.size() && is_word(source[end])) ++end;
      kind = Token::Kind::kWord;
    } else if (open < 0 && starts(at, "[[")) {
      end = at + 2;
      open = 0;
    } else if (open == 0 && starts(at, "]]")) {
      end = at + 2;
      open = -1;
    } else if (open >= 0) {
      open += (c == '[') - (c == ']');
    }
    tokens.push_back({kind, source.substr(at, end - at), at});
    at = end;
  }
  return tokens;
}

}  // namespace msl
