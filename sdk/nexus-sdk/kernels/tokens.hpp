// The tokens of C and C++ without comments.
#pragma once

#include <nexus-sdk/kernels/source_text.hpp>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nexus::sdk {

struct Token {
  // A word, a number, a literal (its first character), or one character of punctuation.
  std::string_view text;
  // Where it is; in preprocessed text, where the line markers say that it comes from.
  std::string_view file;
  int line = 0;
};

namespace detail {

class Lexer {
 public:
  Lexer(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  std::vector<Token> all() {
    while (at_ < text_.size()) next();
    return std::move(tokens_);
  }

 private:
  // Compilers take the dollar sign as part of a name.
  static bool is_word(char c) { return detail::is_word(c) || c == '$'; }

  void next() {
    const char c = text_[at_];
    if (c == '\n') {
      ++line_;
      ++at_;
      fresh_line_ = true;
    } else if (is_blank(c)) {
      ++at_;
    } else if (c == '#' && fresh_line_) {
      directive();
    } else if (is_word(c)) {
      word();
    } else if (c == '"' || c == '\'') {
      literal(c);
    } else {
      add(1);
    }
  }

  void add(std::size_t length) {
    tokens_.push_back({text_.substr(at_, length), file_, line_});
    at_ += length;
    fresh_line_ = false;
  }

  void word() {
    std::size_t end = at_;
    // Numbers may have separators: 1'000.
    const bool number = is_digit(text_[at_]);
    while (end < text_.size() &&
           (is_word(text_[end]) ||
            (number && text_[end] == '\'' && end + 1 < text_.size() && is_word(text_[end + 1]))))
      ++end;
    const std::string_view found = text_.substr(at_, end - at_);
    const bool raw = end < text_.size() && text_[end] == '"' && found.ends_with('R');
    add(end - at_);
    if (raw) raw_string();
  }

  // Both leave one token of one character.
  void literal(char quote) {
    add(1);
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n')
      at_ += text_[at_] == '\\' ? 2 : 1;
    ++at_;
  }

  void raw_string() {
    const std::size_t open = text_.find('(', at_);
    if (open == std::string_view::npos) return literal('"');
    std::string close = ")";
    close.append(text_.substr(at_ + 1, open - at_ - 1)).push_back('"');
    const std::size_t end = std::min(text_.find(close, open), text_.size());
    const auto lines = std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                  text_.begin() + static_cast<std::ptrdiff_t>(end), '\n');
    add(1);
    line_ += static_cast<int>(lines);
    at_ = std::min(end + close.size(), text_.size());
  }

  // `# 12 "file" ...` gives the file and the number of the next line. Other directives, such as
  // pragmas, are skipped.
  void directive() {
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    const std::string_view line = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end;
    const std::size_t digit = line.find_first_not_of(' ');
    if (digit == std::string_view::npos) return;
    int number = 0;
    const auto read = std::from_chars(line.data() + digit, line.data() + line.size(), number);
    if (read.ec != std::errc()) return;
    const std::size_t open = line.find('"'), close = line.rfind('"');
    if (open == std::string_view::npos || close <= open) return;
    file_ = line.substr(open + 1, close - open - 1);
    // The end of this line adds 1.
    line_ = number - 1;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  std::string_view file_;
  int line_ = 1;
  bool fresh_line_ = true;
  std::vector<Token> tokens_;
};

}  // namespace detail

// The tokens of a text; preprocessor directives are left out, and line markers are followed.
inline std::vector<Token> tokens_of(std::string_view text, std::string_view file = {}) {
  return detail::Lexer(text, file).all();
}

}  // namespace nexus::sdk
