/**
 * @file queries.hpp
 * Property queries: what such a plugin wrote, told apart from what it left as it was.
 */
#ifndef NEXUS_FIELD_QUERIES_HPP
#define NEXUS_FIELD_QUERIES_HPP

#include <nexus/field/refusal.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace nexus::field {

/** Answers a query as the contract says: with the value, or with its size. */
inline void answer(std::string_view raw, void *value, std::size_t *size) {
  if (!size) {
    throw Refused{value ? NXS_InvalidArgSize : NXS_InvalidArgValue, "the size is NULL"};
  }
  const std::size_t capacity = *size;
  *size = raw.size();
  if (!value) return;
  if (capacity < raw.size()) {
    throw Refused{NXS_InvalidArgSize, "the value takes " + std::to_string(raw.size()) + " bytes"};
  }
  if (!raw.empty()) std::memcpy(value, raw.data(), raw.size());
}

/** Returns memory that was filled with a pattern, after the plugin has written to it. */
template <class Query>
std::string written(const Query &query, char pattern) {
  constexpr std::size_t kFirst = 256;
  constexpr std::size_t kLast = std::size_t{1} << 20;
  // Such plugins write a byte or two beyond the end.
  constexpr std::size_t kMargin = 64;
  for (std::size_t capacity = kFirst;; capacity *= 4) {
    std::string memory(capacity + kMargin, pattern);
    std::size_t size = capacity;
    const nxs_int result = query(memory.data(), &size);
    if (result >= 0) {
      memory.resize(capacity);
      return memory;
    }
    const bool isShort = result == NXS_InvalidArgSize || result == NXS_InvalidArgValue;
    if (!isShort || capacity >= kLast) throw Refused{result, ""};
  }
}

/**
 * Returns a property's value. Some plugins answer Success to everything, and write nothing: so the
 * memory is filled before, with two patterns in turn.
 */
template <class Query>
std::string valueOf(nxs_uint property, const Query &query) {
  constexpr char kPatterns[] = {'\xa5', '\x5a'};
  const bool known = property < NXS_PROPERTY_CNT;
  const int type = known ? detail::kProperties[property].type : NXS_PropertyType_obj_vec;
  std::string first = written(query, kPatterns[0]);
  std::size_t length = 8;
  if (type == NXS_PropertyType_int || type == NXS_PropertyType_flt) {
    if (first.compare(0, 8, std::string(8, kPatterns[0])) == 0) {
      first = written(query, kPatterns[1]);
      if (first.compare(0, 8, std::string(8, kPatterns[1])) == 0) length = 0;
    }
  } else {
    const std::string second = written(query, kPatterns[1]);
    const std::size_t shorter = std::min(first.size(), second.size());
    for (length = 0; length < shorter && first[length] == second[length];) ++length;
  }
  if (length == 0) throw Refused{NXS_InvalidProperty, "the plugin answers with nothing"};
  first.resize(length);
  if (type == NXS_PropertyType_str) {
    first.resize(std::min(first.find('\0'), first.size()));
    first.push_back('\0');
  }
  return first;
}

}  // namespace nexus::field

#endif  // NEXUS_FIELD_QUERIES_HPP
