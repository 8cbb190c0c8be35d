/**
 * @file json_value.hpp
 * Values of JSON.
 */
#ifndef NEXUS_DEVICE_DB_JSON_VALUE_HPP
#define NEXUS_DEVICE_DB_JSON_VALUE_HPP

#include <nexus-api.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <locale>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace nexus {
namespace detail {

/** Returns a number, with a point whatever the locale of the program is. */
inline double toDouble(const std::string &text) {
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  double value = 0;
  stream >> value;
  return value;
}

/** A value of JSON. Objects keep the order of their members. */
class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;
  explicit Json(bool value) : value_(value) {}
  explicit Json(nxs_long value) : value_(value) {}
  explicit Json(double value) : value_(value) {}
  explicit Json(std::string value) : value_(std::move(value)) {}
  explicit Json(Array value) : value_(std::move(value)) {}
  explicit Json(Object value) : value_(std::move(value)) {}

  /** Returns a whole number: as a double where it exceeds 64 bits. */
  static Json integer(const std::string &digits) {
    errno = 0;
    const long long value = std::strtoll(digits.c_str(), nullptr, 10);
    return errno == ERANGE ? Json(toDouble(digits)) : Json(static_cast<nxs_long>(value));
  }

  bool isObject() const noexcept { return std::holds_alternative<Object>(value_); }
  bool isArray() const noexcept { return std::holds_alternative<Array>(value_); }
  bool isInteger() const noexcept { return std::holds_alternative<nxs_long>(value_); }
  bool isNumber() const noexcept { return isInteger() || std::holds_alternative<double>(value_); }

  const std::string *asString() const noexcept { return std::get_if<std::string>(&value_); }
  const bool *asBool() const noexcept { return std::get_if<bool>(&value_); }
  const Array *asArray() const noexcept { return std::get_if<Array>(&value_); }
  Array *asArray() noexcept { return std::get_if<Array>(&value_); }
  const Object *asObject() const noexcept { return std::get_if<Object>(&value_); }
  Object *asObject() noexcept { return std::get_if<Object>(&value_); }
  nxs_long asInteger() const { return std::get<nxs_long>(value_); }
  double asDouble() const {
    return isInteger() ? static_cast<double>(asInteger()) : std::get<double>(value_);
  }

  /** Returns a member of an object; NULL if there is none, or this is no object. */
  const Json *find(std::string_view name) const noexcept {
    const Object *const members = asObject();
    if (!members) return nullptr;
    const auto found = std::find_if(members->begin(), members->end(),
                                    [&](const Member &member) { return member.first == name; });
    return found == members->end() ? nullptr : &found->second;
  }
  Json *find(std::string_view name) noexcept {
    return const_cast<Json *>(std::as_const(*this).find(name));
  }

  /** Sets a member of an object; a new one comes last. */
  void set(std::string_view name, Json value) {
    if (Json *const known = find(name)) {
      *known = std::move(value);
    } else {
      asObject()->emplace_back(std::string(name), std::move(value));
    }
  }

  /** Removes a member of an object, if it is there. */
  void remove(std::string_view name) {
    Object &members = *asObject();
    members.erase(std::remove_if(members.begin(), members.end(),
                                 [&](const Member &member) { return member.first == name; }),
                  members.end());
  }

  /** Returns what kind of value it is, with an article. */
  std::string kind() const {
    static constexpr const char *kKinds[] = {"null",     "a boolean", "a number", "a number",
                                             "a string", "an array",  "an object"};
    return kKinds[value_.index()];
  }

 private:
  std::variant<std::monostate, bool, nxs_long, double, std::string, Array, Object> value_;
};

}  // namespace detail
}  // namespace nexus

#endif  // NEXUS_DEVICE_DB_JSON_VALUE_HPP
