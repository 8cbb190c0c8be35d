// A program as it runs: instructions with their handlers and operands found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parse/syntax.hpp"

namespace standin::ptx {

class Thread;
struct Instruction;
using Handler = void (*)(Thread &, const Instruction &);

// Place of a register, a constant or an address in a routine's frame: 8 bytes each.
using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = ~0u;

struct Function;

struct Parameter {
  std::size_t offset, size;  // bytes: of an entry in the launch's arguments, else in the frame
};

struct Call {
  const Function *callee = nullptr;           // NULL where a register tells
  std::vector<Parameter> arguments, results;  // in the caller's frame
};

struct Instruction {
  Handler run = nullptr;
  std::uint32_t index = 0;  // in the program
  int line = 0;
  Slot guard = kNoSlot;
  bool guard_negated = false;
  bool flush = false;     // subnormal numbers to zero (.ftz)
  bool saturate = false;  // .sat
  bool negated = false;   // the predicate among the operands
  Rounding rounding = Rounding::nearest;
  std::uint8_t count = 1;  // of the elements of a vector
  Slot to = 0, second = kNoSlot;
  Slot a = 0, b = 0, c = 0, d = 0;
  Slot elements[8] = {};
  // Of an address, of a branch's target, or a number that the handler knows.
  std::int64_t offset = 0;
  const Call *call = nullptr;
  const std::vector<std::uint32_t> *targets = nullptr;
};

enum class Special : std::uint8_t {
  tid_x,
  tid_y,
  tid_z,
  ntid_x,
  ntid_y,
  ntid_z,
  ctaid_x,
  ctaid_y,
  ctaid_z,
  nctaid_x,
  nctaid_y,
  nctaid_z,
  laneid,
  warpid,
  nwarpid,
  smid,
  nsmid,
  gridid,
  lanemask_eq,
  lanemask_le,
  lanemask_lt,
  lanemask_ge,
  lanemask_gt,
  dynamic_smem_size,
  total_smem_size,
  clock,
  globaltimer
};

struct Function {
  std::string name;
  bool is_entry = false, has_body = false;
  bool is_assertion = false;  // what assert() calls
  std::uint32_t first = 0;    // instruction
  std::vector<Parameter> parameters, results;
  std::size_t parameters_size = 0;  // bytes
  std::map<std::string, std::vector<unsigned>> limits;

  // How a frame starts: constants in their places, the rest zero.
  std::vector<std::uint64_t> frame;
  std::vector<std::pair<Slot, Special>> specials;
  // Addresses of local variables, from where the frame's local memory begins.
  std::vector<std::pair<Slot, std::size_t>> locals;
  std::size_t local_size = 0;
  // Addresses of shared variables by their numbers, which each entry lays out on its own.
  std::vector<std::pair<Slot, std::uint32_t>> shared;
  // Of an entry with all that it may call: where the variables lie, and the size of them all.
  std::vector<std::size_t> shared_offsets;
  std::size_t shared_size = 0;
  unsigned registers = 0;  // about what ptxas would take
};

struct Program {
  std::map<std::string, Function> functions;
  std::vector<Instruction> instructions;
  // Addresses of the variables in global and constant memory.
  std::map<std::string, std::uint64_t> globals;
  std::map<std::string, std::size_t> global_sizes;
  std::size_t constant_size = 0;
  std::string target;
  int version = 0;

  // What the instructions point to.
  std::vector<std::unique_ptr<Call>> calls;
  std::vector<std::unique_ptr<std::vector<std::uint32_t>>> branch_lists;
  // By the number that stands for a function's address.
  std::vector<const Function *> addressed;
};

// Where a program's global variables are to be, and what they start as.
class GlobalMemory {
 public:
  virtual ~GlobalMemory() = default;
  virtual std::uint64_t allocate(std::size_t size, std::size_t alignment) = 0;
  virtual void write(std::uint64_t address, const void *bytes, std::size_t size) = 0;
};

// Throws LoadError and VersionError; newest is 10 * major + minor of the PTX that is known.
std::unique_ptr<Program> load(std::string_view text, int newest, GlobalMemory &memory);

}  // namespace standin::ptx
