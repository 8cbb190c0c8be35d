// Branches, calls, barriers, and the end of a thread.
#include <thread>

#include "../block.hpp"
#include "../decoder.hpp"

namespace standin::ptx {
namespace {

void branch(Thread &t, const Instruction &i) { t.jump(i.offset); }

void branch_by_index(Thread &t, const Instruction &i) {
  const auto index = t.get<std::uint32_t>(i.a);
  if (index >= i.targets->size())
    t.trap(TrapKind::illegal_instruction, "branches beyond its table of targets", i);
  t.jump((*i.targets)[index]);
}

void call(Thread &t, const Instruction &i) {
  const Function *callee = i.call->callee;
  if (!callee) {
    const std::uint64_t number = (t.get<std::uint64_t>(i.a) - kFunctionWindow) / 16;
    const auto &functions = t.block().launch.program->addressed;
    if (number >= functions.size())
      t.trap(TrapKind::illegal_instruction, "calls what is no function", i);
    callee = functions[number];
    if (callee->parameters.size() != i.call->arguments.size() ||
        callee->results.size() != i.call->results.size())
      t.trap(TrapKind::illegal_instruction, "calls " + callee->name + " with other arguments", i);
  }
  t.call(*i.call, *callee);
}

void fail_assertion(Thread &t, const Instruction &i) {
  t.trap(TrapKind::assertion, "an assertion failed", i);
}
void leave(Thread &t, const Instruction &) { t.leave(); }
void end(Thread &t, const Instruction &) { t.end(); }
void trap(Thread &t, const Instruction &i) { t.trap(TrapKind::launch_failure, "trap", i); }
void give_way(Thread &, const Instruction &) { std::this_thread::yield(); }

std::uint32_t target_of(const Decoder &d, const std::string &label) {
  const auto found = d.routine.labels.find(label);
  if (found == d.routine.labels.end())
    throw LoadError(d.statement.line, "Unknown label '" + label + "'");
  const std::uint32_t first =
      d.result.index - static_cast<std::uint32_t>(&d.statement - d.routine.statements.data());
  return first + static_cast<std::uint32_t>(found->second);
}

void decode_bra(Decoder &d) {
  d.take("uni");
  d.result.offset = target_of(d, d.operand(0).name);
  d.use(branch);
}

void decode_brx(Decoder &d) {
  if (!d.take("idx")) d.refuse();
  d.take("uni");
  d.result.a = d.source(0, Type::u32);
  const auto list = d.routine.branch_lists.find(d.operand(1).name);
  if (list == d.routine.branch_lists.end()) d.refuse();
  auto targets = std::make_unique<std::vector<std::uint32_t>>();
  for (const std::string &label : list->second) targets->push_back(target_of(d, label));
  d.result.targets = targets.get();
  d.program.branch_lists.push_back(std::move(targets));
  d.use(branch_by_index);
}

// Where in the caller's frame what is passed lies: a .param variable, a register or a number.
Parameter passed(Decoder &d, const Operand &operand) {
  const auto found = d.names.variables.find(operand.name);
  if (operand.kind == Operand::Kind::name && found != d.names.variables.end() &&
      found->second->space == Space::param)
    return {8 * d.parameter_slot(operand.name), found->second->size};
  return {8 * d.slot_of(operand, Type::b64), 8};
}

void decode_call(Decoder &d) {
  d.take("uni");
  const std::string &name = d.operand(0).name;
  auto made = std::make_unique<Call>();
  const auto found = d.program.functions.find(name);
  if (found == d.program.functions.end()) {
    d.result.a = d.register_slot(d.operand(0));
  } else {
    made->callee = &found->second;
    if (found->second.is_assertion) return d.use(fail_assertion);
    if (!found->second.has_body)
      throw LoadError(d.statement.line, "the stand-in does not interpret a call of '" + name +
                                            "', which has no body");
    if (found->second.parameters.size() != d.statement.arguments.size() ||
        found->second.results.size() != d.statement.results.size())
      throw LoadError(d.statement.line, "call of '" + name + "' does not match its declaration");
  }
  for (const Operand &one : d.statement.arguments) made->arguments.push_back(passed(d, one));
  for (const Operand &one : d.statement.results) made->results.push_back(passed(d, one));
  d.result.call = made.get();
  d.program.calls.push_back(std::move(made));
  d.use(call);
}

template <Handler H>
void decode_plain(Decoder &d) {
  d.take("uni");
  d.use(H);
}

template <bool Waits, bool Votes>
void come_to_barrier(Thread &t, const Instruction &i) {
  const auto index = t.get<std::uint32_t>(i.a);
  if (index >= 16) t.trap(TrapKind::illegal_instruction, "there are only 16 barriers", i);
  const bool vote = Votes && t.get<bool>(i.c) != i.negated;
  if (Votes) t.reduction = &i;
  t.block().arrive(t, index, t.get<std::uint32_t>(i.b), Waits, vote);
}

// bar.sync a, b; bar.arrive a, b; bar.red.op d, a, b, p
void decode_bar(Decoder &d) {
  d.take_any("cta");
  d.take("aligned");
  const bool reduces = d.take("red");
  const std::size_t first = reduces ? 1 : 0;
  const std::size_t count = d.operands() - (reduces ? 2 : 0);
  d.result.a = d.source(first, Type::u32);
  // Zero stands for all threads.
  d.result.b = count > 1 ? d.source(first + 1, Type::u32) : d.constant(0);
  if (reduces) {
    d.last_type();
    d.result.to = d.target();
    const Operand &vote = d.operand(first + count);
    d.result.c = d.register_slot(vote);
    d.result.negated = vote.negated;
    d.result.offset = d.take("popc") ? 0 : d.take("and") ? 1 : d.take("or") ? 2 : -1;
    if (d.result.offset < 0) d.refuse();
    return d.use(come_to_barrier<true, true>);
  }
  if (d.take("sync")) return d.use(come_to_barrier<true, false>);
  if (d.take("arrive")) d.use(come_to_barrier<false, false>);
}

void decode_nanosleep(Decoder &d) {
  d.last_type();
  d.use(give_way);
}

}  // namespace

void add_control(DecodeTable &table) {
  table["bra"] = decode_bra;
  table["brx"] = decode_brx;
  table["call"] = decode_call;
  table["ret"] = decode_plain<leave>;
  table["exit"] = decode_plain<end>;
  table["trap"] = table["brkpt"] = decode_plain<trap>;
  table["bar"] = table["barrier"] = decode_bar;
  table["nanosleep"] = decode_nanosleep;
}

}  // namespace standin::ptx
