// The entry functions of a source: their parameters, and the names used in their bodies.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "source.hpp"

namespace msl {

struct Parameter {
  std::string name;
  // The attribute, such as "buffer" or "thread_position_in_grid"; may be empty.
  std::string attribute;
  std::optional<unsigned> index;
  bool is_memory = false, is_texture = false, is_pointer = false, is_reference = false,
       active = false;
};

// A kernel, or another kind of entry function.
struct Signature {
  // An MTLFunctionType.
  enum Type { kVertex = 1, kFragment = 2, kKernel = 3 };
  Type type = kKernel;
  std::string name;
  std::vector<Parameter> parameters;
  unsigned max_threads = 1024;
  // The tokens of its body, within the braces.
  std::size_t body_begin = 0, body_end = 0;
};

std::vector<Signature> find_functions(const std::vector<Token> &tokens);

}  // namespace msl
