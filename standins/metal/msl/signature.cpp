#include "signature.hpp"

#include <cstdlib>

namespace msl {
namespace {

using Tokens = std::vector<Token>;

bool opens(std::string_view text) {
  return text == "(" || text == "{" || text == "[" || text == "[[";
}
bool closes(std::string_view text) {
  return text == ")" || text == "}" || text == "]" || text == "]]";
}

// Returns the token that closes the bracket at `at`.
std::size_t closing(const Tokens &tokens, std::size_t at) {
  int depth = 0;
  for (; at < tokens.size(); ++at) {
    if (opens(tokens[at].text)) ++depth;
    if (closes(tokens[at].text) && --depth == 0) break;
  }
  return at;
}

void read_attribute(const Tokens &tokens, std::size_t begin, std::size_t end,
                    Parameter &parameter) {
  parameter.attribute = tokens[begin].text;
  if (end - begin < 3 || tokens[begin + 1].text != "(") return;
  // A number, or a sum of numbers.
  unsigned index = 0;
  for (std::size_t at = begin + 2; at < end; ++at)
    if (tokens[at].kind == Token::Kind::kNumber)
      index +=
          static_cast<unsigned>(std::strtoul(std::string(tokens[at].text).c_str(), nullptr, 0));
  parameter.index = index;
}

Parameter read_parameter(const Tokens &tokens, std::size_t begin, std::size_t end) {
  Parameter parameter;
  for (std::size_t at = begin; at < end; ++at) {
    const auto &[kind, text, position] = tokens[at];
    if (text == "[[") {
      const std::size_t close = closing(tokens, at);
      read_attribute(tokens, at + 1, close, parameter);
      at = close;
    } else if (text == "threadgroup") {
      parameter.is_memory = true;
    } else if (text == "*") {
      parameter.is_pointer = true;
    } else if (text == "&") {
      parameter.is_reference = true;
    } else if (kind == Token::Kind::kWord) {
      if (text.substr(0, 7) == "texture") parameter.is_texture = true;
      // The last word is the name.
      parameter.name = text;
    }
  }
  return parameter;
}

std::vector<Parameter> read_parameters(const Tokens &tokens, std::size_t open, std::size_t close) {
  std::vector<Parameter> parameters;
  std::size_t begin = open + 1;
  int depth = 0, angle = 0;
  for (std::size_t at = begin; at <= close && begin < close; ++at) {
    const std::string_view text = tokens[at].text;
    if (at == close || (text == "," && !depth && !angle)) {
      parameters.push_back(read_parameter(tokens, begin, at));
      begin = at + 1;
    } else if (opens(text)) {
      ++depth;
    } else if (closes(text)) {
      --depth;
    } else if (text == "<") {
      ++angle;
    } else if (text == ">") {
      --angle;
    }
  }
  return parameters;
}

// Numbers the slots without a number in order.
void number(std::vector<Parameter> &parameters) {
  for (Parameter &parameter : parameters) {
    const bool is_slot = parameter.is_texture || parameter.is_pointer || parameter.is_reference;
    if (!parameter.attribute.empty() || !is_slot) continue;
    parameter.attribute = parameter.is_texture  ? "texture"
                          : parameter.is_memory ? "threadgroup"
                                                : "buffer";
    const auto taken = [&](unsigned index) {
      for (const Parameter &other : parameters)
        if (other.attribute == parameter.attribute && other.index == index) return true;
      return false;
    };
    unsigned index = 0;
    while (taken(index)) ++index;
    parameter.index = index;
  }
}

unsigned read_max_threads(const Tokens &tokens, std::size_t from, std::size_t to) {
  for (; from + 2 < to; ++from)
    if (tokens[from].text == "max_total_threads_per_threadgroup")
      return static_cast<unsigned>(
          std::strtoul(std::string(tokens[from + 2].text).c_str(), nullptr, 0));
  return 1024;
}

std::optional<Signature::Type> type_of(std::string_view word) {
  if (word == "kernel") return Signature::kKernel;
  if (word == "vertex") return Signature::kVertex;
  if (word == "fragment") return Signature::kFragment;
  return {};
}

}  // namespace

std::vector<Signature> find_functions(const Tokens &tokens) {
  std::vector<Signature> kernels;
  for (std::size_t at = 0; at < tokens.size(); ++at) {
    const std::optional<Signature::Type> type = type_of(tokens[at].text);
    if (!type) continue;
    std::size_t begin = at;
    while (begin && tokens[begin - 1].text != ";" && tokens[begin - 1].text != "}") --begin;
    // Attributes may precede the name.
    std::size_t open = at;
    while (open < tokens.size() && tokens[open].text != "(")
      open = tokens[open].text == "[[" ? closing(tokens, open) + 1 : open + 1;
    if (open >= tokens.size()) break;
    const std::size_t close = closing(tokens, open);
    std::size_t brace = close + 1;
    if (brace < tokens.size() && tokens[brace].text == "[[") brace = closing(tokens, brace) + 1;
    if (brace >= tokens.size() || tokens[brace].text != "{") continue;
    Signature kernel;
    kernel.type = *type;
    kernel.name = tokens[open - 1].text;
    kernel.parameters = read_parameters(tokens, open, close);
    kernel.max_threads = read_max_threads(tokens, begin, brace);
    kernel.body_begin = brace + 1;
    kernel.body_end = closing(tokens, brace);
    number(kernel.parameters);
    for (Parameter &parameter : kernel.parameters)
      for (std::size_t i = kernel.body_begin; i < kernel.body_end && !parameter.active; ++i)
        parameter.active = tokens[i].text == parameter.name;
    at = kernel.body_begin;
    kernels.push_back(std::move(kernel));
  }
  return kernels;
}

}  // namespace msl
