// A PTX module as it is written, names still names.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "../types.hpp"

namespace standin::ptx {

struct Operand {
  enum class Kind { name, integer, single_bits, double_bits, decimal, address, vector };
  Kind kind = Kind::name;
  std::string name;        // of a register, a variable, a function or a label; of an address's base
  std::uint64_t bits = 0;  // of a number
  std::int64_t offset = 0;  // of an address
  bool negated = false;     // "!%p1"
  std::string second;       // the other destination of "%p1|%p2"
  std::vector<Operand> elements;
};

struct Statement {
  std::string opcode;
  std::vector<std::string> modifiers;
  std::string guard;  // the predicate that it depends on
  bool guard_negated = false;
  std::vector<Operand> operands;
  // Of a call: what it returns to and passes.
  std::vector<Operand> results, arguments;
  int line = 0;

  std::string text() const;
};

enum class Space : std::uint8_t { generic, reg, param, local, shared, global, constant };

struct Variable {
  Space space = Space::generic;
  Type type = Type::b8;
  std::string name;
  std::size_t size = 0;  // bytes
  std::size_t alignment = 1;
  bool is_external = false;
  std::vector<std::byte> initial;
  // Addresses to be put into the initial bytes.
  struct Reference {
    std::size_t offset;
    std::string name;
    std::int64_t addend;
    bool is_generic;
  };
  std::vector<Reference> references;
};

struct Routine {
  std::string name;
  bool is_entry = false, has_body = false;
  std::vector<Variable> parameters, results;
  std::vector<Variable> variables;  // registers, .param, .local and .shared of the body
  std::vector<Statement> statements;
  std::map<std::string, std::size_t> labels;                     // to the statement that follows
  std::map<std::string, std::vector<std::string>> branch_lists;  // of .branchtargets
  std::map<std::string, std::vector<unsigned>> limits;           // ".maxntid" and so on
  int line = 0;
};

struct Source {
  int version = 0;  // 10 * major + minor
  std::string target;
  std::vector<Variable> variables;
  std::vector<Routine> routines;
};

// Throws LoadError.
Source parse(std::string_view text);

}  // namespace standin::ptx
