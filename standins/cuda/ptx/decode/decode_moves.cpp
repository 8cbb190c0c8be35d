// mov, and what is done to addresses.
#include "../operation.hpp"

namespace standin::ptx {
namespace {

void move(Thread &t, const Instruction &i) { t.put(i.to, t.get<std::uint64_t>(i.a)); }

// The elements' bytes one after the other are the register's; offset is the size of one.
void pack(Thread &t, const Instruction &i) {
  std::uint64_t bits = 0;
  for (unsigned n = 0; n < i.count; ++n)
    std::memcpy(reinterpret_cast<char *>(&bits) + n * i.offset, t.frame_bytes() + 8 * i.elements[n],
                i.offset);
  t.put(i.to, bits);
}

void unpack(Thread &t, const Instruction &i) {
  const auto bits = t.get<std::uint64_t>(i.a);
  for (unsigned n = 0; n < i.count; ++n) {
    std::uint64_t element = 0;
    std::memcpy(&element, reinterpret_cast<const char *>(&bits) + n * i.offset, i.offset);
    t.put(i.elements[n], element);
  }
}

void read_clock(Thread &t, const Instruction &i) { t.put(i.to, t.special(Special::clock)); }

bool is_clock(const Operand &operand) {
  return operand.kind == Operand::Kind::name &&
         (operand.name == "%clock64" || operand.name == "%clock" || operand.name == "%globaltimer");
}

void elements(Decoder &d, const Operand &vector, Type type, bool written) {
  d.result.count = static_cast<std::uint8_t>(vector.elements.size());
  d.result.offset = size_of(type) / d.result.count;
  if (d.result.count > 4 || !d.result.offset) d.refuse();
  for (std::size_t n = 0; n < vector.elements.size(); ++n)
    d.result.elements[n] =
        written ? d.register_slot(vector.elements[n]) : d.slot_of(vector.elements[n], Type::b32);
}

void decode_mov(Decoder &d) {
  const Type type = d.last_type();
  if (d.operand(1).kind == Operand::Kind::vector) {
    d.result.to = d.target();
    elements(d, d.operand(1), type, false);
    return d.use(pack);
  }
  if (d.operand(0).kind == Operand::Kind::vector) {
    d.result.a = d.source(1, type);
    elements(d, d.operand(0), type, true);
    return d.use(unpack);
  }
  d.result.to = d.target();
  if (is_clock(d.operand(1))) return d.use(read_clock);
  d.result.a = d.source(1, type);
  d.use(move);
}

// Adds a window's address, or takes it away.
void shift_address(Thread &t, const Instruction &i) {
  t.put(i.to, t.get<std::uint64_t>(i.a) + static_cast<std::uint64_t>(i.offset));
}

std::uint64_t window(Decoder &d) {
  if (d.take("shared") || d.take("shared::cta")) return kSharedWindow;
  if (d.take("local")) return kLocalWindow;
  if (d.take("param")) return kParameterWindow;
  // Global and constant memory are where their generic addresses say.
  if (d.take("global") || d.take("const")) return 0;
  d.refuse();
}

void decode_cvta(Decoder &d) {
  const Type type = d.last_type();
  if (size_of(type) != 8) d.refuse();
  const bool from_generic = d.take("to");
  const auto offset = static_cast<std::int64_t>(window(d));
  d.result.offset = from_generic ? -offset : offset;
  d.result.to = d.target();
  d.result.a = d.source(1, type);
  d.use(shift_address);
}

void is_in_window(Thread &t, const Instruction &i) {
  const auto address = t.get<std::uint64_t>(i.a);
  const auto begin = static_cast<std::uint64_t>(i.offset);
  t.put<std::uint8_t>(i.to, begin ? address - begin < kWindowSize : address > kFunctionWindow);
}

void decode_isspacep(Decoder &d) {
  d.result.offset = static_cast<std::int64_t>(window(d));
  d.result.to = d.target();
  d.result.a = d.source(1, Type::u64);
  d.use(is_in_window);
}

}  // namespace

void add_moves(DecodeTable &table) {
  table["mov"] = decode_mov;
  table["cvta"] = decode_cvta;
  table["isspacep"] = decode_isspacep;
}

}  // namespace standin::ptx
