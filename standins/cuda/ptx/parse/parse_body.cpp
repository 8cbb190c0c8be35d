#include <algorithm>

#include "../error.hpp"
#include "parser.hpp"

namespace standin::ptx {
namespace {

class Body {
 public:
  Body(Parser &parser, Routine &routine) : parser_(parser), routine_(routine) {}

  void run() {
    parser_.open_scope();
    for (int depth = 1; depth;) {
      if (parser_.at_end()) parser_.unexpected(parser_.peek());
      if (parser_.take("{")) {
        parser_.open_scope();
        ++depth;
      } else if (parser_.take("}")) {
        parser_.close_scope();
        --depth;
      } else if (parser_.peek(1).is(":")) {
        label();
      } else if (parser_.peek().text[0] == '.') {
        directive();
      } else {
        statement();
      }
    }
  }

 private:
  void label() {
    const std::string name = parser_.word();
    parser_.expect(":");
    // Tables of labels and prototypes of calls are named like labels.
    if (parser_.take(".branchtargets")) {
      auto &list = routine_.branch_lists[name];
      do list.push_back(parser_.word());
      while (parser_.take(","));
      parser_.expect(";");
    } else if (parser_.take(".callprototype")) {
      while (!parser_.take(";")) parser_.next();
    } else {
      routine_.labels[name] = routine_.statements.size();
    }
  }

  void directive() {
    const Token &token = parser_.peek();
    if (token.is(".loc")) {
      // Tells a line of the source, up to the end of its own line.
      for (const int line = token.line; parser_.peek().line == line && !parser_.at_end();)
        parser_.next();
    } else if (parser_.take(".pragma")) {
      while (!parser_.take(";")) parser_.next();
    } else {
      auto declared = parser_.variables();
      parser_.expect(";");
      std::move(declared.begin(), declared.end(), std::back_inserter(routine_.variables));
    }
  }

  void statement() {
    Statement statement;
    statement.line = parser_.peek().line;
    if (parser_.take("@")) {
      statement.guard_negated = parser_.take("!");
      statement.guard = parser_.known_as(parser_.word());
    }
    const std::string words = parser_.word();
    for (std::size_t begin = 0, end; begin <= words.size(); begin = end + 1) {
      end = std::min(words.find('.', begin), words.size());
      std::string part = words.substr(begin, end - begin);
      if (begin == 0)
        statement.opcode = part;
      else
        statement.modifiers.push_back(part);
    }
    if (statement.opcode == "call")
      call(statement);
    else if (!parser_.peek().is(";"))
      statement.operands = list();
    parser_.expect(";");
    routine_.statements.push_back(std::move(statement));
  }

  // call (results), routine, (arguments), prototype
  void call(Statement &statement) {
    if (parser_.peek().is("(")) {
      statement.results = in_parentheses();
      parser_.expect(",");
    }
    statement.operands.push_back(parser_.operand());
    if (parser_.take(",") && parser_.peek().is("(")) {
      statement.arguments = in_parentheses();
      parser_.take(",");
    }
    if (!parser_.peek().is(";")) statement.operands.push_back(parser_.operand());
  }

  std::vector<Operand> in_parentheses() {
    parser_.expect("(");
    std::vector<Operand> found;
    if (!parser_.peek().is(")")) found = list();
    parser_.expect(")");
    return found;
  }

  std::vector<Operand> list() {
    std::vector<Operand> found;
    do found.push_back(parser_.operand());
    while (parser_.take(","));
    return found;
  }

  Parser &parser_;
  Routine &routine_;
};

}  // namespace

std::string Statement::text() const {
  std::string text = opcode;
  for (const std::string &modifier : modifiers) text += "." + modifier;
  return text;
}

void parse_body(Parser &parser, Routine &routine) { Body(parser, routine).run(); }

}  // namespace standin::ptx
