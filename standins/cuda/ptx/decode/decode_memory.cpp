// Loads and stores.
#include <atomic>

#include "../memory_access.hpp"
#include "../operation.hpp"

namespace standin::ptx {
namespace {

// Into a register that may be larger: a signed number keeps its value.
template <class T>
void put_loaded(Thread &t, Slot to, T value) {
  if constexpr (std::is_integral_v<T> && std::is_signed_v<T>)
    t.put<std::int64_t>(to, value);
  else
    t.put<T>(to, value);
}

template <class T>
struct Load {
  static void run(Thread &t, const Instruction &i) {
    T values[8];
    std::memcpy(values, accessed(t, i, sizeof(T) * i.count), sizeof(T) * i.count);
    for (unsigned n = 0; n < i.count; ++n) put_loaded(t, i.elements[n], values[n]);
  }
};
template <class T>
struct Store {
  static void run(Thread &t, const Instruction &i) {
    T values[8];
    for (unsigned n = 0; n < i.count; ++n) values[n] = t.get<T>(i.elements[n]);
    std::memcpy(accessed(t, i, sizeof(T) * i.count), values, sizeof(T) * i.count);
  }
};

// What a call passes and returns lies in the frame: offset is in bytes from its start.
template <class T>
struct LoadFrame {
  static void run(Thread &t, const Instruction &i) {
    T values[8];
    std::memcpy(values, t.frame_bytes() + i.offset, sizeof(T) * i.count);
    for (unsigned n = 0; n < i.count; ++n) put_loaded(t, i.elements[n], values[n]);
  }
};
template <class T>
struct StoreFrame {
  static void run(Thread &t, const Instruction &i) {
    T values[8];
    for (unsigned n = 0; n < i.count; ++n) values[n] = t.get<T>(i.elements[n]);
    std::memcpy(t.frame_bytes() + i.offset, values, sizeof(T) * i.count);
  }
};

using Loaded = decltype(Bytes{} + Integers{} + Floats{} + NarrowFloats{} + NarrowPairs{});

void elements(Decoder &d, const Operand &operand, Type type, bool written) {
  const bool is_vector = operand.kind == Operand::Kind::vector;
  unsigned count = 1;
  if (d.take("v2")) count = 2;
  if (d.take("v4")) count = 4;
  if (d.take("v8")) count = 8;
  if (is_vector ? operand.elements.size() != count : count != 1) d.refuse();
  d.result.count = static_cast<std::uint8_t>(count);
  for (unsigned n = 0; n < count; ++n) {
    const Operand &one = is_vector ? operand.elements[n] : operand;
    d.result.elements[n] = written ? d.register_slot(one) : d.slot_of(one, type);
  }
}

// Hints, which change nothing here.
void take_cache_hints(Decoder &d) {
  constexpr const char *kHints[] = {"ca",
                                    "cg",
                                    "cs",
                                    "lu",
                                    "cv",
                                    "wb",
                                    "wt",
                                    "nc",
                                    "L1::evict_normal",
                                    "L1::evict_unchanged",
                                    "L1::evict_first",
                                    "L1::evict_last",
                                    "L1::no_allocate",
                                    "L2::64B",
                                    "L2::128B",
                                    "L2::256B"};
  for (const char *hint : kHints) d.take(hint);
}

template <bool IsLoad>
void decode_access(Decoder &d) {
  const Type type = d.last_type();
  const Operand &address = d.operand(IsLoad ? 1 : 0);
  if (address.kind != Operand::Kind::address) d.refuse();
  take_cache_hints(d);
  take_ordering(d);
  d.take("param::func");
  elements(d, d.operand(IsLoad ? 0 : 1), type, IsLoad);
  const auto variable = d.names.variables.find(address.name);
  const bool in_frame = variable != d.names.variables.end() &&
                        variable->second->space == Space::param &&
                        !d.names.parameters.contains(address.name);
  if (in_frame) {
    d.take("param");
    const std::size_t bytes = size_of(type) * d.result.count;
    if (address.offset < 0 || address.offset + bytes > variable->second->size) d.refuse();
    d.result.offset =
        static_cast<std::int64_t>(8 * d.parameter_slot(address.name)) + address.offset;
    return d.use(IsLoad ? pick<LoadFrame>(type, Loaded{}) : pick<StoreFrame>(type, Loaded{}));
  }
  address_operand(d, address);
  d.use(IsLoad ? pick<Load>(type, Loaded{}) : pick<Store>(type, Loaded{}));
}

void fence(Thread &, const Instruction &) { std::atomic_thread_fence(std::memory_order_seq_cst); }

void decode_fence(Decoder &d) {
  for (const char *word : {"gl", "cta", "cluster", "gpu", "sys", "sc", "acq_rel"}) d.take(word);
  d.use(fence);
}

void decode_hint(Decoder &d) {
  for (const char *word : {"global", "local", "L1", "L2", "L2::evict_last", "L2::evict_normal"})
    d.take(word);
  d.use([](Thread &, const Instruction &) {});
}

}  // namespace

void add_memory(DecodeTable &table) {
  table["ld"] = table["ldu"] = decode_access<true>;
  table["st"] = decode_access<false>;
  table["membar"] = table["fence"] = decode_fence;
  table["prefetch"] = table["prefetchu"] = decode_hint;
}

}  // namespace standin::ptx
