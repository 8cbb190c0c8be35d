#include <algorithm>
#include <cstdlib>

#include "../error.hpp"
#include "parser.hpp"

namespace standin::ptx {
namespace {

class ModuleParser {
 public:
  explicit ModuleParser(std::string_view text) : parser_(tokens_of(text)) {}

  Source run() {
    if (!parser_.take(".version"))
      throw LoadError(parser_.peek().line, "Missing .version directive");
    const std::string version = parser_.next().text;
    source_.version = std::atoi(version.c_str()) * 10;
    if (const std::size_t dot = version.find('.'); dot != version.npos)
      source_.version += std::atoi(version.c_str() + dot + 1);
    while (!parser_.at_end()) directive();
    if (source_.target.empty()) throw LoadError(parser_.peek().line, "Missing .target directive");
    return std::move(source_);
  }

 private:
  void directive() {
    const Token &token = parser_.peek();
    if (parser_.take(".target")) {
      source_.target = parser_.word();
      while (parser_.take(",")) parser_.word();
    } else if (parser_.take(".address_size")) {
      if (parser_.integer() != 64) throw LoadError(token.line, "only 64-bit addresses are known");
    } else if (token.is(".file")) {
      skip_line();
    } else if (parser_.take(".section")) {
      // Of debuggers.
      while (!parser_.take("}") && !parser_.at_end()) parser_.next();
    } else if (is_routine()) {
      routine();
    } else {
      auto declared = parser_.variables();
      parser_.expect(";");
      std::move(declared.begin(), declared.end(), std::back_inserter(source_.variables));
    }
  }

  void skip_line() {
    for (const int line = parser_.peek().line; parser_.peek().line == line && !parser_.at_end();)
      parser_.next();
  }

  // Whether linkage, if any, is followed by a routine.
  bool is_routine() const {
    std::size_t at = 0;
    while (parser_.peek(at).is(".visible") || parser_.peek(at).is(".extern") ||
           parser_.peek(at).is(".weak"))
      ++at;
    return parser_.peek(at).is(".entry") || parser_.peek(at).is(".func");
  }

  void routine() {
    Routine routine;
    routine.line = parser_.peek().line;
    for (std::string word; word != ".entry" && word != ".func";) {
      word = parser_.word();
      routine.is_entry = word == ".entry";
    }
    if (parser_.take("(")) routine.results = parameters();
    routine.name = parser_.word();
    if (parser_.take("(")) routine.parameters = parameters();
    while (parser_.peek().kind == Token::Kind::word) {
      const std::string limit = parser_.word();
      auto &values = routine.limits[limit];
      if (parser_.peek().kind != Token::Kind::number) continue;
      do values.push_back(static_cast<unsigned>(parser_.integer()));
      while (parser_.take(","));
    }
    if (parser_.take("{")) {
      routine.has_body = true;
      parse_body(parser_, routine);
    } else {
      parser_.expect(";");
    }
    source_.routines.push_back(std::move(routine));
  }

  std::vector<Variable> parameters() {
    std::vector<Variable> found;
    while (!parser_.take(")")) {
      auto one = parser_.variables();
      found.push_back(one.at(0));
      parser_.take(",");
    }
    return found;
  }

  Parser parser_;
  Source source_;
};

}  // namespace

Source parse(std::string_view text) { return ModuleParser(text).run(); }

}  // namespace standin::ptx
