#include "parser.hpp"

#include <cstdlib>
#include <cstring>

#include "../error.hpp"

namespace standin::ptx {
namespace {

constexpr std::pair<std::string_view, Space> kSpaces[] = {
    {".reg", Space::reg},       {".param", Space::param},   {".local", Space::local},
    {".shared", Space::shared}, {".global", Space::global}, {".const", Space::constant}};

std::optional<Space> space_named(std::string_view name) {
  for (const auto &[text, space] : kSpaces)
    if (text == name) return space;
  return std::nullopt;
}

}  // namespace

void Parser::expect(std::string_view text) {
  if (!take(text))
    throw LoadError(peek().line, "Parsing error near '" + peek().text + "': expected '" +
                                     std::string(text) + "'");
}

void Parser::unexpected(const Token &token) const {
  throw LoadError(token.line, "Parsing error near '" + token.text + "': syntax error");
}

std::string Parser::word() {
  if (peek().kind != Token::Kind::word) unexpected(peek());
  return next().text;
}

std::uint64_t Parser::integer() {
  const Operand value = number();
  if (value.kind != Operand::Kind::integer) unexpected(peek());
  return value.bits;
}

Operand Parser::number() {
  const bool negative = take("-");
  if (peek().kind != Token::Kind::number) unexpected(peek());
  const Token token = next();
  const std::string &text = token.text;
  Operand result;
  char *end = nullptr;
  const char prefix = text.size() > 1 && text[0] == '0' ? text[1] : 0;
  if (prefix == 'f' || prefix == 'F') {
    result.kind = Operand::Kind::single_bits;
    result.bits = std::strtoull(text.c_str() + 2, &end, 16) ^ (negative ? 1ull << 31 : 0);
  } else if (prefix == 'd' || prefix == 'D') {
    result.kind = Operand::Kind::double_bits;
    result.bits = std::strtoull(text.c_str() + 2, &end, 16) ^ (negative ? 1ull << 63 : 0);
  } else if (text.find('.') != text.npos) {
    result.kind = Operand::Kind::decimal;
    const double value = std::strtod(text.c_str(), &end);
    result.bits = std::bit_cast<std::uint64_t>(negative ? -value : value);
  } else {
    result.kind = Operand::Kind::integer;
    const bool binary = prefix == 'b' || prefix == 'B';
    result.bits = std::strtoull(text.c_str() + (binary ? 2 : 0), &end, binary ? 2 : 0);
    if (*end == 'U') ++end;
    if (negative) result.bits = -result.bits;
  }
  if (*end) unexpected(token);
  return result;
}

Operand Parser::operand() {
  Operand result;
  if (take("{")) {
    result.kind = Operand::Kind::vector;
    do result.elements.push_back(operand());
    while (take(","));
    expect("}");
  } else if (take("[")) {
    result.kind = Operand::Kind::address;
    if (peek().kind == Token::Kind::word)
      result.name = known_as(word());
    else
      result.offset = static_cast<std::int64_t>(integer());
    if (take("+")) result.offset += static_cast<std::int64_t>(integer());
    expect("]");
  } else if (peek().kind == Token::Kind::number || peek().is("-")) {
    result = number();
  } else {
    result.negated = take("!");
    result.name = known_as(word());
    if (take("|")) result.second = known_as(word());
    if (take("+")) result.offset = static_cast<std::int64_t>(integer());
  }
  return result;
}

std::vector<Variable> Parser::variables() {
  Variable pattern;
  bool has_type = false, is_pointer = false;
  for (; peek().kind == Token::Kind::word && peek().text[0] == '.';) {
    const Token token = next();
    if (const auto space = space_named(token.text)) {
      // After ".ptr" it is told of what the parameter points to.
      if (!is_pointer) pattern.space = *space;
    } else if (token.is(".align")) {
      const std::uint64_t alignment = integer();
      if (!is_pointer) pattern.alignment = alignment;
    } else if (token.is(".ptr")) {
      is_pointer = true;
    } else if (token.is(".extern")) {
      pattern.is_external = true;
    } else if (const auto type = type_named(std::string_view(token.text).substr(1))) {
      pattern.type = *type;
      has_type = true;
    } else if (!token.is(".visible") && !token.is(".weak") && !token.is(".common")) {
      unexpected(token);
    }
  }
  if (!has_type) unexpected(peek());
  pattern.size = size_of(pattern.type);
  pattern.alignment = std::max<std::size_t>(pattern.alignment, pattern.size);

  std::vector<Variable> found;
  do {
    Variable variable = pattern;
    const std::string name = word();
    if (take("<")) {
      const std::uint64_t count = integer();
      expect(">");
      for (std::uint64_t i = 0; i < count; ++i) {
        variable.name = declare(name + std::to_string(i));
        found.push_back(variable);
      }
      continue;
    }
    variable.name = declare(name);
    while (take("[")) {
      variable.size *= peek().is("]") ? 0 : integer();
      expect("]");
    }
    if (take("=")) initial_values(variable);
    found.push_back(variable);
  } while (pattern.space != Space::param && take(","));
  return found;
}

void Parser::initial_values(Variable &variable) {
  variable.initial.resize(variable.size);
  std::size_t offset = 0;
  initial_value(variable, offset);
}

void Parser::initial_value(Variable &variable, std::size_t &offset) {
  if (take("{")) {
    do initial_value(variable, offset);
    while (take(","));
    expect("}");
    return;
  }
  const std::size_t size = size_of(variable.type);
  if (offset + size > variable.size) unexpected(peek());
  if (peek().kind == Token::Kind::word) {
    const bool generic = take("generic");
    if (generic) expect("(");
    Variable::Reference reference{offset, word(), 0, generic};
    if (generic) expect(")");
    if (take("+")) reference.addend = static_cast<std::int64_t>(integer());
    variable.references.push_back(reference);
  } else {
    const Operand value = number();
    std::memcpy(variable.initial.data() + offset, &value.bits, size);
  }
  offset += size;
}

std::string Parser::declare(const std::string &name) {
  if (scopes_.size() < 2) return name;
  const std::string unique = name + "'" + std::to_string(++inner_names_);
  scopes_.back()[name] = unique;
  return unique;
}

std::string Parser::known_as(const std::string &name) const {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope)
    if (const auto found = scope->find(name); found != scope->end()) return found->second;
  return name;
}

}  // namespace standin::ptx
