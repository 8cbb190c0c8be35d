// Reads MessagePack, a binary form of JSON: https://github.com/msgpack/msgpack/blob/master/spec.md
#pragma once

#include <nexus-sdk/objects/byte_ranges.hpp>

#include <vector>

namespace nexus::gpu {
using namespace sdk;

struct PackedValue {
  // kOther: nothing, a fraction, binary data or an extension, whose values are left out.
  enum class Kind { kNumber, kText, kList, kMap, kOther };
  Kind kind = Kind::kOther;
  // A negative number modulo 2^64; 0 or 1 for a truth value.
  std::uint64_t number = 0;
  // Lies within the bytes that it was read from.
  std::string_view text;
  // The elements of a list; the keys and values of a map in turn.
  std::vector<PackedValue> items;

  // The value of that kind under a key of a map; NULL if there is none.
  const PackedValue *find(std::string_view key, Kind wanted) const;
};

// The value at the start of the bytes. Fails with NXS_InvalidBinary if they end before it does.
PackedValue unpacked(Bytes bytes);

}  // namespace nexus::gpu
