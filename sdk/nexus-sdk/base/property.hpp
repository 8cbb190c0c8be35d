// The property query protocol of nxs_propertys.h, for all objects.
#pragma once

#include <nexus-api/nxs_propertys.h>
#include <nexus-sdk/base/guard.hpp>

#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace nexus::sdk {

// Stands for a property that has a value only after a run with timing.
struct NotMeasured {};

// The value of a property; std::monostate if the object does not have the property.
using Property =
    std::variant<std::monostate, NotMeasured, nxs_long, nxs_double, std::string,
                 std::vector<nxs_long>, std::vector<nxs_double>, std::vector<std::string>>;

inline Property integer(auto value) { return static_cast<nxs_long>(value); }
inline Property boolean(bool value) { return static_cast<nxs_long>(value); }

// The integer as a property, or none if it is unknown, which 0 stands for.
inline Property integer_if_known(auto value) { return value ? integer(value) : Property(); }

inline Property text_if_known(std::string value) {
  return value.empty() ? Property() : Property(std::move(value));
}

inline const char *property_name(nxs_uint id) {
  switch (id) {
#define NEXUS_API_PROP(NAME, TYPE, DESCRIPTION) \
  case NP_##NAME: return #NAME;
#include <nexus-api/_nxs_propertys.h>
#undef NEXUS_API_PROP
  }
  return "unknown";
}

namespace detail {

inline void write_value(const void *bytes, std::size_t needed, void *value, std::size_t *size) {
  if (value && *size < needed) {
    const std::size_t given = std::exchange(*size, needed);
    fail(NXS_InvalidArgSize, "the value has ", needed, " bytes, and there is room for ", given);
  }
  if (value && needed) std::memcpy(value, bytes, needed);
  *size = needed;
}

inline void check_query(const void *value, const std::size_t *size) {
  if (size) return;
  if (value) fail(NXS_InvalidArgSize, "the size of the value's memory is NULL");
  fail(NXS_InvalidArgValue, "the pointers to the value and to its size are both NULL");
}

inline std::string joined(const std::vector<std::string> &strings) {
  std::string all;
  for (const auto &string : strings) all.append(string).push_back('\0');
  return all;
}

}  // namespace detail

// Answers a query for a text under the protocol.
inline void write_text(const std::string &text, void *value, std::size_t *size) {
  detail::check_query(value, size);
  detail::write_value(text.c_str(), text.size() + 1, value, size);
}

// Answers a query. `lookup` maps a property number to the object's value; Keys lists every number
// for which it returns one.
template <class Lookup>
nxs_status query_property(nxs_uint id, void *value, std::size_t *size, const Lookup &lookup) {
  detail::check_query(value, size);
  Property found;
  if (id == NP_Keys) {
    std::vector<nxs_long> keys;
    for (nxs_uint key = 0; key < NXS_PROPERTY_CNT; ++key)
      if (key == NP_Keys || lookup(static_cast<nxs_property>(key)).index() > 1) keys.push_back(key);
    found = std::move(keys);
  } else if (id < NXS_PROPERTY_CNT) {
    found = lookup(static_cast<nxs_property>(id));
  }
  // Frequent answers, and an exception would take most of their time.
  if (std::holds_alternative<std::monostate>(found))
    return report(Error(NXS_InvalidProperty,
                        concat("this object has no property ", property_name(id), " (", id, ")")));
  if (std::holds_alternative<NotMeasured>(found))
    return report(Error(NXS_ProfilingInfoNotAvailable,
                        concat("no run with NXS_ExecutionSettings_Timing has finished, so ",
                               property_name(id), " is not known")));
  std::visit(
      [&]<class T>(const T &answer) {
        if constexpr (std::is_same_v<T, std::monostate> || std::is_same_v<T, NotMeasured>)
          return;
        else if constexpr (std::is_arithmetic_v<T>)
          detail::write_value(&answer, sizeof answer, value, size);
        else if constexpr (std::is_same_v<T, std::string>)
          detail::write_value(answer.c_str(), answer.size() + 1, value, size);
        else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          const std::string all = detail::joined(answer);
          detail::write_value(all.c_str(), all.size() + 1, value, size);
        } else
          detail::write_value(answer.data(), answer.size() * sizeof answer[0], value, size);
      },
      found);
  return NXS_Success;
}

}  // namespace nexus::sdk
