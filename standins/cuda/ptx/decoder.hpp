// Translates a statement to an instruction: shared by the decoders of all groups of opcodes.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "error.hpp"
#include "program.hpp"
#include "thread.hpp"

namespace standin::ptx {

// The layout of a routine's frame, slot by slot.
class FrameLayout {
 public:
  explicit FrameLayout(Function &function) : function_(function) {}

  Slot constant(std::uint64_t bits);
  Slot special(Special which);
  // Returns the slot of a register or .param variable, always the same for a name.
  Slot named(const std::string &name, std::size_t bytes);
  Slot local(const std::string &name, std::size_t offset);
  Slot shared(const std::string &name, std::uint32_t number);

 private:
  Slot append(std::uint64_t initial);

  Function &function_;
  std::unordered_map<std::uint64_t, Slot> constants_;
  std::map<Special, Slot> specials_;
  std::unordered_map<std::string, Slot> names_;
};

// The meanings of names in a routine.
struct Names {
  std::unordered_map<std::string, const Variable *> variables;
  std::unordered_map<std::string, std::size_t> parameters;       // of an entry: offset in bytes
  std::unordered_map<std::string, std::size_t> locals;           // offset in bytes
  const std::map<std::string, std::uint32_t> *shared = nullptr;  // numbers
  const std::map<std::string, std::uint64_t> *globals = nullptr;
  std::function<std::optional<std::uint64_t>(const std::string &)> function_address;
};

class Decoder {
 public:
  Decoder(const Statement &statement, const Routine &routine, const Names &names,
          FrameLayout &frame, Program &program)
      : statement(statement),
        routine(routine),
        names(names),
        program(program),
        frame_(frame),
        left_(statement.modifiers) {}

  const Statement &statement;
  const Routine &routine;
  const Names &names;
  Program &program;
  Instruction result;

  // Modifiers: each is taken once; the statement is refused if one is left.
  bool take(std::string_view modifier);
  template <class... Name>
  bool take_any(Name... names_) {
    return (take(names_) || ...);
  }
  // Take the last or first type among the modifiers.
  Type last_type();
  Type first_type();
  std::optional<Type> optional_type();
  void rounding();
  void float_modifiers();
  void done();
  [[noreturn]] void refuse() const;

  const Operand &operand(std::size_t index) const;
  std::size_t operands() const { return statement.operands.size(); }
  Slot target(std::size_t index = 0) { return register_slot(operand(index)); }
  Slot source(std::size_t index, Type type) { return slot_of(operand(index), type); }
  Slot register_slot(const Operand &operand);
  Slot register_slot(const std::string &name);
  Slot slot_of(const Operand &operand, Type type);
  Slot constant(std::uint64_t bits) { return frame_.constant(bits); }
  // Assigns the operands after the first one to a, b, c and d.
  void sources(Type type, std::size_t count);
  Slot parameter_slot(const std::string &name);
  std::size_t parameter_size(const std::string &name) const;

  void use(Handler handler) {
    if (!handler) refuse();
    result.run = handler;
  }

 private:
  Type type_at(std::vector<std::string>::iterator found);

  FrameLayout &frame_;
  std::vector<std::string> left_;
};

// Returns H<T>::run for the T that holds the type; NULL if none does.
template <template <class> class H, class... T>
Handler pick(Type type, Types<T...>) {
  Handler found = nullptr;
  ((holds<T>(type) ? void(found = &H<T>::run) : void()), ...);
  return found;
}

using DecodeFunction = void (*)(Decoder &);
using DecodeTable = std::unordered_map<std::string_view, DecodeFunction>;

void add_arithmetic(DecodeTable &table);
void add_bits(DecodeTable &table);
void add_floats(DecodeTable &table);
void add_comparisons(DecodeTable &table);
void add_conversions(DecodeTable &table);
void add_moves(DecodeTable &table);
void add_memory(DecodeTable &table);
void add_atomics(DecodeTable &table);
void add_control(DecodeTable &table);

}  // namespace standin::ptx
