// What the parsers of a module and of a routine's body share: tokens, names and variables.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lexer.hpp"
#include "syntax.hpp"

namespace standin::ptx {

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token &peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  Token next() {
    Token token = peek();
    if (at_ + 1 < tokens_.size()) ++at_;
    return token;
  }
  bool at_end() const { return peek().kind == Token::Kind::end; }
  bool take(std::string_view text) {
    if (!peek().is(text)) return false;
    next();
    return true;
  }
  void expect(std::string_view text);
  [[noreturn]] void unexpected(const Token &token) const;

  std::string word();
  std::uint64_t integer();
  Operand operand();
  // A variable from its state space on: ".param .align 8 .b8 name[16]", with what it starts as.
  // Registers can be several.
  std::vector<Variable> variables();

  // Names of an inner block are their own: they are told apart by a suffix.
  void open_scope() { scopes_.emplace_back(); }
  void close_scope() { scopes_.pop_back(); }
  std::string declare(const std::string &name);
  std::string known_as(const std::string &name) const;

 private:
  Operand number();
  void initial_values(Variable &variable);
  void initial_value(Variable &variable, std::size_t &offset);

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::vector<std::map<std::string, std::string>> scopes_;
  int inner_names_ = 0;
};

// The body of a routine, from after "{" to its "}".
void parse_body(Parser &parser, Routine &routine);

}  // namespace standin::ptx
