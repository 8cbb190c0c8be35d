// The kernels of a source: their parameters and what the body names.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "source.hpp"

namespace msl {

struct Parameter {
  std::string name;
  // What [[...]] says, such as "buffer" or "thread_position_in_grid"; empty for nothing.
  std::string attribute;
  std::optional<unsigned> index;
  bool is_memory = false, is_pointer = false, is_reference = false, active = false;
};

struct Signature {
  std::string name;
  std::vector<Parameter> parameters;
  unsigned max_threads = 1024;
  // The tokens of its body, within the braces.
  std::size_t body_begin = 0, body_end = 0;
};

std::vector<Signature> find_kernels(const std::vector<Token> &tokens);

}  // namespace msl
