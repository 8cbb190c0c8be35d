#include "decoder.hpp"

#include <algorithm>

namespace standin::ptx {
namespace {

const std::unordered_map<std::string_view, Special> kSpecials = {
    {"%tid.x", Special::tid_x},
    {"%tid.y", Special::tid_y},
    {"%tid.z", Special::tid_z},
    {"%ntid.x", Special::ntid_x},
    {"%ntid.y", Special::ntid_y},
    {"%ntid.z", Special::ntid_z},
    {"%ctaid.x", Special::ctaid_x},
    {"%ctaid.y", Special::ctaid_y},
    {"%ctaid.z", Special::ctaid_z},
    {"%nctaid.x", Special::nctaid_x},
    {"%nctaid.y", Special::nctaid_y},
    {"%nctaid.z", Special::nctaid_z},
    {"%laneid", Special::laneid},
    {"%warpid", Special::warpid},
    {"%nwarpid", Special::nwarpid},
    {"%smid", Special::smid},
    {"%nsmid", Special::nsmid},
    {"%gridid", Special::gridid},
    {"%lanemask_eq", Special::lanemask_eq},
    {"%lanemask_le", Special::lanemask_le},
    {"%lanemask_lt", Special::lanemask_lt},
    {"%lanemask_ge", Special::lanemask_ge},
    {"%lanemask_gt", Special::lanemask_gt},
    {"%dynamic_smem_size", Special::dynamic_smem_size},
    {"%total_smem_size", Special::total_smem_size}};

bool is_double(Type type) { return type == Type::f64; }
bool is_float(Type type) { return type >= Type::f16; }

}  // namespace

Slot FrameLayout::append(std::uint64_t initial) {
  function_.frame.push_back(initial);
  return static_cast<Slot>(function_.frame.size() - 1);
}

Slot FrameLayout::constant(std::uint64_t bits) {
  const auto [found, is_new] = constants_.try_emplace(bits);
  if (is_new) found->second = append(bits);
  return found->second;
}

Slot FrameLayout::special(Special which) {
  const auto [found, is_new] = specials_.try_emplace(which);
  if (is_new) {
    found->second = append(0);
    function_.specials.emplace_back(found->second, which);
  }
  return found->second;
}

Slot FrameLayout::named(const std::string &name, std::size_t bytes) {
  const auto [found, is_new] = names_.try_emplace(name);
  if (is_new) {
    found->second = append(0);
    for (std::size_t more = 8; more < bytes; more += 8) append(0);
  }
  return found->second;
}

Slot FrameLayout::local(const std::string &name, std::size_t offset) {
  const auto [found, is_new] = names_.try_emplace(name);
  if (is_new) {
    found->second = append(0);
    function_.locals.emplace_back(found->second, offset);
  }
  return found->second;
}

Slot FrameLayout::shared(const std::string &name, std::uint32_t number) {
  const auto [found, is_new] = names_.try_emplace(name);
  if (is_new) {
    found->second = append(0);
    function_.shared.emplace_back(found->second, number);
  }
  return found->second;
}

bool Decoder::take(std::string_view modifier) {
  const auto found = std::find(left_.begin(), left_.end(), modifier);
  if (found == left_.end()) return false;
  left_.erase(found);
  return true;
}

Type Decoder::type_at(std::vector<std::string>::iterator found) {
  const Type type = *type_named(*found);
  left_.erase(found);
  return type;
}

Type Decoder::last_type() {
  for (auto at = left_.end(); at != left_.begin();)
    if (type_named(*--at)) return type_at(at);
  refuse();
}

Type Decoder::first_type() {
  for (auto at = left_.begin(); at != left_.end(); ++at)
    if (type_named(*at)) return type_at(at);
  refuse();
}

std::optional<Type> Decoder::optional_type() {
  for (const std::string &modifier : left_)
    if (type_named(modifier)) return first_type();
  return std::nullopt;
}

void Decoder::rounding() {
  if (take("rz")) result.rounding = Rounding::zero;
  if (take("rm")) result.rounding = Rounding::down;
  if (take("rp")) result.rounding = Rounding::up;
  take("rn");
}

void Decoder::float_modifiers() {
  result.flush |= take("ftz");
  result.saturate |= take("sat");
}

void Decoder::done() {
  if (!left_.empty()) refuse();
}

void Decoder::refuse() const {
  throw LoadError(statement.line, "the stand-in does not interpret '" + statement.text() + "'");
}

const Operand &Decoder::operand(std::size_t index) const {
  if (index >= statement.operands.size())
    throw LoadError(statement.line, "Too few operands for instruction '" + statement.opcode + "'");
  return statement.operands[index];
}

Slot Decoder::register_slot(const Operand &operand) {
  if (operand.kind != Operand::Kind::name) refuse();
  return register_slot(operand.name);
}

Slot Decoder::register_slot(const std::string &name) {
  // The sink for results that nothing reads.
  if (name == "_") return frame_.named(name, 8);
  const auto found = names.variables.find(name);
  if (found == names.variables.end() || found->second->space != Space::reg)
    throw LoadError(statement.line, "Unknown symbol '" + name + "'");
  return frame_.named(name, 8);
}

Slot Decoder::slot_of(const Operand &operand, Type type) {
  switch (operand.kind) {
    case Operand::Kind::integer:
      if (is_float(type)) refuse();
      return constant(operand.bits);
    case Operand::Kind::single_bits:
      if (!is_double(type)) return constant(operand.bits);
      return constant(std::bit_cast<std::uint64_t>(
          static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(operand.bits)))));
    case Operand::Kind::double_bits:
    case Operand::Kind::decimal:
      if (type != Type::f32) return constant(operand.bits);
      return constant(
          std::bit_cast<std::uint32_t>(static_cast<float>(std::bit_cast<double>(operand.bits))));
    case Operand::Kind::name: break;
    default: refuse();
  }
  const std::string &name = operand.name;
  const auto offset = static_cast<std::uint64_t>(operand.offset);
  if (const auto special = kSpecials.find(name); special != kSpecials.end())
    return frame_.special(special->second);
  if (name == "WARP_SZ") return constant(32);
  if (const auto found = names.parameters.find(name); found != names.parameters.end())
    return constant(found->second + offset);
  if (const auto found = names.locals.find(name); found != names.locals.end()) {
    if (offset) refuse();
    return frame_.local(name, found->second);
  }
  if (const auto found = names.shared->find(name); found != names.shared->end()) {
    if (offset) refuse();
    return frame_.shared(name, found->second);
  }
  if (const auto found = names.globals->find(name); found != names.globals->end())
    return constant(found->second + offset);
  if (const auto address = names.function_address(name)) return constant(*address);
  return register_slot(operand);
}

void Decoder::sources(Type type, std::size_t count) {
  Slot *const places[] = {&result.a, &result.b, &result.c, &result.d};
  for (std::size_t i = 0; i < count; ++i) *places[i] = source(i + 1, type);
}

std::size_t Decoder::parameter_size(const std::string &name) const {
  const auto found = names.variables.find(name);
  if (found == names.variables.end())
    throw LoadError(statement.line, "Unknown symbol '" + name + "'");
  return found->second->size;
}

Slot Decoder::parameter_slot(const std::string &name) {
  return frame_.named(name, parameter_size(name));
}

}  // namespace standin::ptx
