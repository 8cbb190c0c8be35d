// Makes a program from text: lays out variables and decodes routines.
#include <algorithm>
#include <cstring>
#include <set>

#include "decoder.hpp"

namespace standin::ptx {
namespace {

std::size_t aligned(std::size_t offset, std::size_t alignment) {
  return (offset + alignment - 1) / alignment * alignment;
}

DecodeTable make_table() {
  DecodeTable table;
  for (const auto add : {add_arithmetic, add_bits, add_floats, add_comparisons, add_conversions,
                         add_moves, add_memory, add_atomics, add_control})
    add(table);
  return table;
}

class Loader {
 public:
  Loader(Source source, GlobalMemory &memory)
      : source_(std::move(source)), memory_(memory), program_(std::make_unique<Program>()) {}

  std::unique_ptr<Program> run() {
    program_->target = source_.target;
    program_->version = source_.version;
    for (const Routine &routine : source_.routines) declare(routine);
    for (const Variable &variable : source_.variables) place(variable);
    for (const Variable &variable : source_.variables) initialize(variable);
    for (const Routine &routine : source_.routines)
      if (routine.has_body) decode(routine);
    for (auto &[name, function] : program_->functions)
      if (function.is_entry) lay_out_shared(function);
    return std::move(program_);
  }

 private:
  void declare(const Routine &routine) {
    Function &function = program_->functions[routine.name];
    if (function.has_body && routine.has_body)
      throw LoadError(routine.line, "Duplicate definition of function '" + routine.name + "'");
    if (function.name.empty()) program_->addressed.push_back(&function);
    function.name = routine.name;
    function.is_entry = routine.is_entry;
    function.has_body |= routine.has_body;
    function.is_assertion = routine.name == "__assertfail";
    if (!routine.limits.empty()) function.limits = routine.limits;
    // Counted now, for calls before the body; laid out with the body.
    function.parameters.resize(routine.parameters.size());
    function.results.resize(routine.results.size());
    if (routine.is_entry) place_arguments(routine, function);
  }

  static void place_arguments(const Routine &routine, Function &function) {
    std::size_t end = 0;
    for (std::size_t n = 0; n < routine.parameters.size(); ++n) {
      const Variable &parameter = routine.parameters[n];
      const std::size_t offset = aligned(end, parameter.alignment);
      function.parameters[n] = {offset, parameter.size};
      end = offset + parameter.size;
    }
    function.parameters_size = end;
  }

  void place(const Variable &variable) {
    switch (variable.space) {
      case Space::shared: number_shared(variable); break;
      case Space::global:
      case Space::constant:
        if (variable.is_external)
          throw LoadError(1, "Unresolved extern variable '" + variable.name + "'");
        program_->globals[variable.name] =
            memory_.allocate(std::max<std::size_t>(variable.size, 1), variable.alignment);
        program_->global_sizes[variable.name] = variable.size;
        if (variable.space == Space::constant) program_->constant_size += variable.size;
        break;
      default:
        throw LoadError(1, "the stand-in does not know the space of '" + variable.name + "'");
    }
  }

  void number_shared(const Variable &variable) {
    shared_numbers_[variable.name] = static_cast<std::uint32_t>(shared_.size());
    shared_.push_back(&variable);
  }

  void initialize(const Variable &variable) {
    if (variable.space != Space::global && variable.space != Space::constant) return;
    std::vector<std::byte> bytes = variable.initial;
    bytes.resize(variable.size);
    for (const Variable::Reference &reference : variable.references) {
      const auto global = program_->globals.find(reference.name);
      const auto address = global != program_->globals.end() ? std::optional(global->second)
                                                             : function_address(reference.name);
      if (!address) throw LoadError(1, "Unknown symbol '" + reference.name + "'");
      const std::uint64_t value = *address + static_cast<std::uint64_t>(reference.addend);
      std::memcpy(bytes.data() + reference.offset, &value, size_of(variable.type));
    }
    memory_.write(program_->globals.at(variable.name), bytes.data(), bytes.size());
  }

  std::optional<std::uint64_t> function_address(const std::string &name) const {
    for (std::size_t n = 0; n < program_->addressed.size(); ++n)
      if (program_->addressed[n]->name == name) return kFunctionWindow + 16 * n;
    return std::nullopt;
  }

  void decode(const Routine &routine) {
    Function &function = program_->functions.at(routine.name);
    FrameLayout frame(function);
    const Names names = names_of(routine, function);
    place_parameters(routine, function, frame);
    function.first = static_cast<std::uint32_t>(program_->instructions.size());
    for (const Statement &statement : routine.statements) {
      Decoder decoder(statement, routine, names, frame, *program_);
      append(decode(decoder));
    }
    // The end of the body is a return.
    Statement last;
    last.opcode = "ret";
    Decoder decoder(last, routine, names, frame, *program_);
    append(decode(decoder));
    function.registers = registers_of(routine, function);
  }

  Names names_of(const Routine &routine, Function &function) {
    Names names;
    names.shared = &shared_numbers_;
    names.globals = &program_->globals;
    names.function_address = [this](const std::string &name) { return function_address(name); };
    for (const auto *list : {&routine.parameters, &routine.results, &routine.variables})
      for (const Variable &variable : *list) {
        names.variables[variable.name] = &variable;
        if (variable.space == Space::local) {
          const std::size_t offset = aligned(function.local_size, variable.alignment);
          names.locals[variable.name] = offset;
          function.local_size = offset + variable.size;
        } else if (variable.space == Space::shared) {
          number_shared(variable);
        }
      }
    if (routine.is_entry)
      for (std::size_t n = 0; n < routine.parameters.size(); ++n)
        names.parameters[routine.parameters[n].name] = function.parameters[n].offset;
    return names;
  }

  static void place_parameters(const Routine &routine, Function &function, FrameLayout &frame) {
    if (routine.is_entry) return;
    const auto place = [&](const std::vector<Variable> &variables, std::vector<Parameter> &into) {
      for (std::size_t n = 0; n < variables.size(); ++n)
        into[n] = {8 * frame.named(variables[n].name, variables[n].size), variables[n].size};
    };
    place(routine.parameters, function.parameters);
    place(routine.results, function.results);
  }

  Instruction decode(Decoder &decoder) {
    static const DecodeTable table = make_table();
    decoder.result.index = static_cast<std::uint32_t>(program_->instructions.size());
    decoder.result.line = decoder.statement.line;
    const auto found = table.find(decoder.statement.opcode);
    if (found == table.end()) decoder.refuse();
    found->second(decoder);
    decoder.done();
    if (!decoder.result.run) decoder.refuse();
    if (!decoder.statement.guard.empty()) {
      decoder.result.guard = decoder.register_slot(decoder.statement.guard);
      decoder.result.guard_negated = decoder.statement.guard_negated;
    }
    return decoder.result;
  }

  void append(const Instruction &instruction) { program_->instructions.push_back(instruction); }

  // An estimate: ptxas shares registers between values with disjoint lifetimes.
  static unsigned registers_of(const Routine &routine, const Function &function) {
    std::size_t words = 0;
    for (const Variable &variable : routine.variables)
      if (variable.space == Space::reg && variable.type != Type::pred)
        words += variable.size > 4 ? 2 : 1;
    unsigned most = 255;
    if (const auto found = function.limits.find(".maxnreg"); found != function.limits.end())
      most = std::min(most, found->second.at(0));
    return std::min<unsigned>(most, 8 + static_cast<unsigned>(words) / 4);
  }

  void lay_out_shared(Function &entry) {
    std::set<std::uint32_t> used;
    std::set<const Function *> seen;
    collect_shared(entry, used, seen);
    entry.shared_offsets.resize(shared_.size());
    for (const std::uint32_t number : used) {
      const Variable &variable = *shared_[number];
      if (variable.is_external) continue;
      const std::size_t offset = aligned(entry.shared_size, variable.alignment);
      entry.shared_offsets[number] = offset;
      entry.shared_size = offset + variable.size;
    }
    // Dynamic shared memory follows the static variables.
    for (const std::uint32_t number : used)
      if (shared_[number]->is_external) {
        entry.shared_size = aligned(entry.shared_size, 16);
        entry.shared_offsets[number] = entry.shared_size;
      }
  }

  void collect_shared(const Function &function, std::set<std::uint32_t> &used,
                      std::set<const Function *> &seen) const {
    if (!seen.insert(&function).second || !function.has_body) return;
    for (const auto &[slot, number] : function.shared) used.insert(number);
    for (std::size_t at = function.first; at < program_->instructions.size(); ++at) {
      const Instruction &instruction = program_->instructions[at];
      if (at > function.first && is_first(at)) break;
      if (!instruction.call) continue;
      if (instruction.call->callee) {
        collect_shared(*instruction.call->callee, used, seen);
      } else {
        for (const Function *any : program_->addressed)
          if (!any->is_entry) collect_shared(*any, used, seen);
      }
    }
  }

  bool is_first(std::size_t instruction) const {
    return std::any_of(program_->addressed.begin(), program_->addressed.end(), [&](auto *function) {
      return function->has_body && function->first == instruction;
    });
  }

  Source source_;
  GlobalMemory &memory_;
  std::unique_ptr<Program> program_;
  std::vector<const Variable *> shared_;
  std::map<std::string, std::uint32_t> shared_numbers_;
};

}  // namespace

std::unique_ptr<Program> load(std::string_view text, int newest, GlobalMemory &memory) {
  Source source = parse(text);
  if (source.version > newest)
    throw VersionError("ptxas fatal   : Unsupported .version " +
                       std::to_string(source.version / 10) + "." +
                       std::to_string(source.version % 10) + "; current version is '" +
                       std::to_string(newest / 10) + "." + std::to_string(newest % 10) + "'");
  return Loader(std::move(source), memory).run();
}

}  // namespace standin::ptx
