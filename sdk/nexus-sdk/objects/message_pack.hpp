// Reads MessagePack, a binary form of JSON, from the metadata of images.
// https://github.com/msgpack/msgpack/blob/master/spec.md
#pragma once

#include <nexus-sdk/objects/byte_ranges.hpp>
#include <nexus-sdk/objects/image.hpp>

#include <optional>
#include <vector>

namespace nexus::sdk {

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
  const PackedValue *find(std::string_view key, Kind wanted) const {
    if (kind != Kind::kMap) return nullptr;
    for (std::size_t i = 0; i < items.size(); i += 2)
      if (items[i].kind == Kind::kText && items[i].text == key)
        return items[i + 1].kind == wanted ? &items[i + 1] : nullptr;
    return nullptr;
  }
  // The number under a key, if there is one.
  std::optional<std::uint64_t> number_at(std::string_view key) const {
    const PackedValue *const found = find(key, Kind::kNumber);
    return found ? std::optional(found->number) : std::nullopt;
  }
  // The text under a key; empty if there is none.
  std::string_view text_at(std::string_view key) const {
    const PackedValue *const found = find(key, Kind::kText);
    return found ? found->text : std::string_view();
  }
};

namespace detail {

// Deep enough for descriptions of kernels, which take 5.
inline constexpr int kDeepestPacked = 32;

class PackedReader {
 public:
  using Kind = PackedValue::Kind;

  explicit PackedReader(Bytes bytes) : rest_(bytes) {}

  PackedValue value(int depth = 0) {
    const auto first = static_cast<std::uint8_t>(take(1)[0]);
    if (first < 0x80) return number(first);
    if (first < 0x90) return map(first & 0x0f, depth);
    if (first < 0xa0) return list(first & 0x0f, depth);
    if (first < 0xc0) return text(first & 0x1f);
    if (first >= 0xe0) return number(static_cast<std::uint64_t>(static_cast<std::int8_t>(first)));
    switch (first) {
      case 0xc2: return number(0);
      case 0xc3: return number(1);
      case 0xc4:
      case 0xc5:
      case 0xc6: return skip(length(first - 0xc4));
      case 0xc7:
      case 0xc8:
      case 0xc9: return skip(length(first - 0xc7) + 1);
      case 0xca: return skip(4);
      case 0xcb: return skip(8);
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf: return number(length(first - 0xcc));
      case 0xd0: return number(sign_extended<std::int8_t>(length(0)));
      case 0xd1: return number(sign_extended<std::int16_t>(length(1)));
      case 0xd2: return number(sign_extended<std::int32_t>(length(2)));
      case 0xd3: return number(length(3));
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8: return skip((std::uint64_t{1} << (first - 0xd4)) + 1);
      case 0xd9:
      case 0xda:
      case 0xdb: return text(length(first - 0xd9));
      case 0xdc:
      case 0xdd: return list(length(first - 0xdc + 1), depth);
      case 0xde:
      case 0xdf: return map(length(first - 0xde + 1), depth);
      default: return {};
    }
  }

 private:
  Bytes take(std::uint64_t count) {
    const Bytes taken = part_of(rest_, 0, count, "a value of its metadata");
    rest_ = rest_.subspan(count);
    return taken;
  }

  // A number of 1, 2, 4 or 8 bytes, with the highest byte first.
  std::uint64_t length(int log_of_size) {
    std::uint64_t result = 0;
    for (const std::byte one : take(std::uint64_t{1} << log_of_size))
      result = result << 8 | static_cast<std::uint8_t>(one);
    return result;
  }

  template <class Signed>
  static std::uint64_t sign_extended(std::uint64_t value) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<Signed>(value)));
  }

  static PackedValue number(std::uint64_t value) { return {Kind::kNumber, value, {}, {}}; }
  PackedValue text(std::uint64_t size) {
    const std::string_view text = text_of(take(size));
    if (!text.empty() && !is_text(text))
      fail(NXS_InvalidBinary, "the image is damaged: a text of its metadata is not UTF-8");
    return {Kind::kText, 0, text, {}};
  }
  PackedValue skip(std::uint64_t size) {
    take(size);
    return {};
  }

  PackedValue list(std::uint64_t size, int depth) {
    return {Kind::kList, 0, {}, values(size, depth)};
  }
  PackedValue map(std::uint64_t size, int depth) {
    return {Kind::kMap, 0, {}, values(2 * size, depth)};
  }

  // Each takes a byte at least, so that a count that is too large fails at the end of the bytes.
  std::vector<PackedValue> values(std::uint64_t count, int depth) {
    if (depth == kDeepestPacked)
      fail(NXS_InvalidBinary, "the image is damaged: its metadata are more than ", kDeepestPacked,
           " levels deep");
    std::vector<PackedValue> all;
    // A damaged count would reserve any amount of memory.
    // NOLINTNEXTLINE(performance-inefficient-vector-operation)
    for (std::uint64_t i = 0; i < count; ++i) all.push_back(value(depth + 1));
    return all;
  }

  Bytes rest_;
};

}  // namespace detail

// The value at the start of the bytes. Fails with NXS_InvalidBinary if they end before it does.
inline PackedValue unpacked(Bytes bytes) { return detail::PackedReader(bytes).value(); }

}  // namespace nexus::sdk
