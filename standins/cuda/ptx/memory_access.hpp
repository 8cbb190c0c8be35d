// The address of a load, a store or an atomic operation.
#pragma once

#include "decoder.hpp"

namespace standin::ptx {

// Takes the state space, and writes it and the address to the instruction.
void address_operand(Decoder &decoder, const Operand &address);
// Takes modifiers of memory order, without effect: every access has the host's order.
void take_ordering(Decoder &decoder);

inline std::byte *accessed(Thread &t, const Instruction &i, std::size_t size) {
  const std::uint64_t address = t.get<std::uint64_t>(i.a) + static_cast<std::uint64_t>(i.offset);
  return t.memory(static_cast<Space>(i.d), address, size, i);
}

}  // namespace standin::ptx
