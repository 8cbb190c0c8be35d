#include "lexer.hpp"

#include <cctype>

#include "../error.hpp"

namespace standin::ptx {
namespace {

bool is_word_part(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '%' ||
         c == '.';
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    for (skip_blanks(); at_ < text_.size(); skip_blanks()) tokens_.push_back(next());
    tokens_.push_back({Token::Kind::end, "end of the text", line_});
    return std::move(tokens_);
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size()) {
      if (starts_with("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (starts_with("/*")) {
        const std::size_t end = text_.find("*/", at_ + 2);
        if (end == text_.npos) throw LoadError(line_, "a comment without an end");
        for (; at_ < end + 2; ++at_) line_ += text_[at_] == '\n';
      } else if (std::isspace(static_cast<unsigned char>(text_[at_]))) {
        line_ += text_[at_++] == '\n';
      } else {
        return;
      }
    }
  }

  Token next() {
    const char c = text_[at_];
    if (c == '"') return quoted();
    if (is_word_part(c)) {
      const std::size_t begin = at_;
      while (at_ < text_.size() && is_word_part(text_[at_])) ++at_;
      const auto kind =
          std::isdigit(static_cast<unsigned char>(c)) ? Token::Kind::number : Token::Kind::word;
      return {kind, std::string(text_.substr(begin, at_ - begin)), line_};
    }
    if (std::string_view("{}[]()<>,;:=@!|+-").find(c) == std::string_view::npos)
      throw LoadError(line_, std::string("Unexpected character '") + c + "'");
    ++at_;
    return {Token::Kind::punctuation, std::string(1, c), line_};
  }

  Token quoted() {
    const std::size_t end = text_.find('"', at_ + 1);
    if (end == text_.npos) throw LoadError(line_, "a string without an end");
    Token token{Token::Kind::string, std::string(text_.substr(at_ + 1, end - at_ - 1)), line_};
    at_ = end + 1;
    return token;
  }

  bool starts_with(std::string_view prefix) const {
    return text_.substr(at_, prefix.size()) == prefix;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view text) { return Lexer(text).run(); }

}  // namespace standin::ptx
