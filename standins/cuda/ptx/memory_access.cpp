#include "memory_access.hpp"

namespace standin::ptx {

void address_operand(Decoder &d, const Operand &address) {
  Space space = Space::generic;
  if (d.take_any("shared", "shared::cta")) space = Space::shared;
  if (d.take("local")) space = Space::local;
  if (d.take_any("param", "param::entry")) space = Space::param;
  if (d.take_any("global", "const")) space = Space::global;
  d.result.d = static_cast<Slot>(space);
  d.result.offset = address.offset;
  Operand base;
  base.name = address.name;
  d.result.a = address.name.empty() ? d.constant(0) : d.slot_of(base, Type::u64);
}

void take_ordering(Decoder &d) {
  for (const char *word : {"weak", "volatile", "relaxed", "acquire", "release", "acq_rel", "cta",
                           "cluster", "gpu", "sys"})
    d.take(word);
}

}  // namespace standin::ptx
