#include "compiler/cache_entry.hpp"

#include <charconv>
#include <string_view>

#include "compiler/digest.hpp"
#include "text.hpp"

namespace nexus::cpu {
namespace {

// A text with its size before it, in decimal.
void put(std::string &to, std::string_view text) {
  to += std::to_string(text.size()) + ":";
  to += text;
}

// Takes such texts from the front.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  bool at_end() const { return rest_.empty(); }

  std::optional<std::string> next() {
    std::size_t size = 0;
    const std::size_t colon = rest_.find(':');
    if (colon == std::string_view::npos) return {};
    const std::string digits(rest_.substr(0, colon));
    const char *const end = digits.c_str() + digits.size();
    const auto [after, error] = std::from_chars(digits.c_str(), end, size);
    if (error != std::errc() || after != end) return {};
    rest_.remove_prefix(colon + 1);
    if (size > rest_.size()) return {};
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return text;
  }

 private:
  std::string_view rest_;
};

// The end of an entry: the size of the texts before it, in hexadecimal, and the checksum of all
// that comes before the checksum.
constexpr std::size_t kSizeDigits = 16, kChecksumDigits = 32;

std::string hexadecimal(std::size_t value) {
  std::string digits(kSizeDigits, '0');
  for (std::size_t i = kSizeDigits; i-- > 0; value >>= 4)
    digits[i] = "0123456789abcdef"[value & 15];
  return digits;
}

}  // namespace

Bytes pack(const CacheEntry &entry) {
  std::string texts;
  put(texts, entry.key);
  put(texts, entry.message);
  put(texts, entry.command);
  for (const Input &input : entry.inputs)
    for (const std::string *const text : {&input.path, &input.stamp, &input.content})
      put(texts, *text);
  texts += hexadecimal(texts.size());
  Bytes bytes = entry.image;
  const auto append = [&](std::string_view text) {
    const auto more = bytes_of(text);
    bytes.insert(bytes.end(), more.begin(), more.end());
  };
  append(texts);
  append(digest({text_of(bytes)}));
  return bytes;
}

std::optional<CacheEntry> unpack(std::span<const std::byte> bytes) {
  std::string_view text = text_of(bytes);
  if (text.size() < kSizeDigits + kChecksumDigits) return {};
  const std::string_view checksum = text.substr(text.size() - kChecksumDigits);
  text.remove_suffix(kChecksumDigits);
  if (digest({text}) != checksum) return {};
  std::size_t size = 0;
  const char *const end = text.data() + text.size();
  const auto [after, error] = std::from_chars(end - kSizeDigits, end, size, 16);
  text.remove_suffix(kSizeDigits);
  if (error != std::errc() || after != end || size > text.size()) return {};
  Reader texts(text.substr(text.size() - size));
  const auto key = texts.next(), message = texts.next(), command = texts.next();
  if (!key || !message || !command) return {};
  const auto image = bytes.first(text.size() - size);
  CacheEntry entry{*key, {image.begin(), image.end()}, *message, *command, {}};
  while (!texts.at_end()) {
    const auto path = texts.next(), stamp = texts.next(), content = texts.next();
    if (!content) return {};
    entry.inputs.push_back({*path, *stamp, *content});
  }
  return entry;
}

}  // namespace nexus::cpu
