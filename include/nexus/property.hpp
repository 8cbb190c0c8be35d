/**
 * @file property.hpp
 * Properties: their names, constants and paths, their C++ types, and the query protocol.
 */
#ifndef NEXUS_PROPERTY_HPP
#define NEXUS_PROPERTY_HPP

#include <nexus/detail/state.hpp>

#include <cstring>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace nexus {

/** A property's value: of the type that its nxs_property_type says. */
using PropertyValue = std::variant<std::string, nxs_long, nxs_double, std::vector<std::string>,
                                   std::vector<nxs_long>, std::vector<nxs_double>>;

/** A property's name, and its value. */
struct NamedProperty {
  std::string name;
  PropertyValue value;
};

/** A property's name, such as "Name", or its number, such as NP_Name. */
class PropertyKey {
 public:
  PropertyKey(nxs_property number) : number_(number) {}
  PropertyKey(const char *name) : PropertyKey(std::string_view(name)) {}
  PropertyKey(const std::string &name) : PropertyKey(std::string_view(name)) {}

  /** Throws PropertyNotFoundError, with a suggestion, for a name that is none. */
  PropertyKey(std::string_view name) {
    for (const detail::PropertyEntry &known : detail::kProperties) {
      if (name == known.name) {
        number_ = static_cast<nxs_property>(&known - detail::kProperties);
        return;
      }
    }
    std::vector<std::string> names;
    for (const detail::PropertyEntry &known : detail::kProperties) names.push_back(known.name);
    throw PropertyNotFoundError(
        "there is no property " + detail::quoted(name) + detail::nearest(name, names),
        NXS_InvalidProperty);
  }

  nxs_property number() const noexcept { return number_; }

  std::string name() const {
    const bool known = number_ >= 0 && number_ < NXS_PROPERTY_CNT;
    return known ? detail::kProperties[number_].name : std::to_string(number_);
  }

 private:
  nxs_property number_ = NXS_PROPERTY_INVALID;
};

/** A step of a path: a name, or an index. */
struct PathStep {
  PathStep(const char *name_) : name(name_) {}
  PathStep(std::string name_) : name(std::move(name_)) {}
  template <class Index, std::enable_if_t<std::is_integral_v<Index>, int> = 0>
  PathStep(Index index_) : index(static_cast<std::size_t>(index_)), isIndex(true) {}

  std::string name;
  std::size_t index = 0;
  bool isIndex = false;
};

/** The way to a value in a device's record: {"MemorySubsystem", 0, "Size"}. */
class Path {
 public:
  Path(std::initializer_list<PathStep> steps) : steps_(steps) {}
  explicit Path(std::vector<PathStep> steps) : steps_(std::move(steps)) {}

  const std::vector<PathStep> &steps() const noexcept { return steps_; }

  /** The steps with periods between them: "MemorySubsystem.0.Size". */
  std::string describe() const {
    std::string text;
    for (const PathStep &step : steps_) {
      text += (text.empty() ? "" : ".") + (step.isIndex ? std::to_string(step.index) : step.name);
    }
    return text;
  }

 private:
  std::vector<PathStep> steps_;
};

namespace detail {

/** Enables a function for names and numbers of properties; what stands in braces is a path. */
template <class Key>
using IfKey = std::enable_if_t<std::is_convertible_v<const Key &, PropertyKey>, int>;

/** The C++ type of a property's values. */
template <int Type>
struct ValueOf;
template <>
struct ValueOf<NXS_PropertyType_str> {
  using type = std::string;
};
template <>
struct ValueOf<NXS_PropertyType_int> {
  using type = nxs_long;
};
template <>
struct ValueOf<NXS_PropertyType_flt> {
  using type = nxs_double;
};
template <>
struct ValueOf<NXS_PropertyType_str_vec> {
  using type = std::vector<std::string>;
};
template <>
struct ValueOf<NXS_PropertyType_int_vec> {
  using type = std::vector<nxs_long>;
};
template <>
struct ValueOf<NXS_PropertyType_flt_vec> {
  using type = std::vector<nxs_double>;
};

/** The format that a C++ type asks for. */
template <class T>
constexpr nxs_property_type formatOf() {
  if constexpr (std::is_same_v<T, std::string>) {
    return NXS_PropertyType_str;
  } else if constexpr (std::is_integral_v<T>) {
    return NXS_PropertyType_int;
  } else if constexpr (std::is_floating_point_v<T>) {
    return NXS_PropertyType_flt;
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    return NXS_PropertyType_str_vec;
  } else if constexpr (std::is_same_v<T, std::vector<nxs_long>>) {
    return NXS_PropertyType_int_vec;
  } else {
    static_assert(std::is_same_v<T, std::vector<nxs_double>>,
                  "a property is a std::string, a number, or a std::vector of std::string, "
                  "nxs_long or nxs_double");
    return NXS_PropertyType_flt_vec;
  }
}

inline std::string aboutProperty(const State &state, PropertyKey key) {
  return "property " + key.name() + " of " + state.describe();
}

/** Whether the status of a query says that the object does not have the property. */
inline bool isMissing(nxs_int status) {
  return status == NXS_InvalidProperty || status == NXS_ProfilingInfoNotAvailable ||
         status == kAbsent;
}

/** Whether the status of a query says that the memory is too small. */
inline bool saysTooSmall(nxs_int status) {
  return status == NXS_InvalidArgSize || status == NXS_InvalidArgValue;
}

/**
 * Reads the bytes of a property; returns a status.
 *
 * Plugins of version 1.0 and older may return InvalidArgValue for a short buffer, and report
 * neither the size they need nor the size they wrote. So the buffer grows until it is large enough;
 * for values without an end mark by one number at a time.
 */
inline nxs_int readBytes(const State &state, nxs_uint property, bool hasEndMark,
                         std::string &bytes) {
  constexpr std::size_t kLast = std::size_t{1} << 24;
  constexpr std::size_t kLastExact = std::size_t{1} << 13;
  std::size_t capacity = 256;
  if (!hasEndMark) {
    std::size_t needed = 0;
    const nxs_int result =
        state.kind.query(state.plugin, state.handle(), property, nullptr, &needed);
    if (result < 0 && result != NXS_InvalidArgValue) return result;
    capacity = result < 0 ? 0 : needed;
  }
  while (true) {
    bytes.assign(capacity ? capacity : 1, '\0');
    std::size_t size = capacity;
    const nxs_int result =
        state.kind.query(state.plugin, state.handle(), property, bytes.data(), &size);
    if (result >= 0) {
      bytes.resize(size < capacity ? size : capacity);
      return result;
    }
    if (!saysTooSmall(result) || capacity >= (hasEndMark ? kLast : kLastExact)) return result;
    const std::size_t larger = hasEndMark ? capacity * 4 : capacity + 8;
    capacity = size > capacity ? size : larger;
  }
}

template <class Number>
std::vector<Number> unpack(const std::string &bytes) {
  std::vector<Number> numbers(bytes.size() / sizeof(Number));
  if (!numbers.empty()) std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(Number));
  return numbers;
}

/** Splits texts that end with a NUL each; the first empty one ends the list. */
inline std::vector<std::string> splitTexts(const std::string &bytes) {
  std::vector<std::string> texts;
  for (std::size_t at = 0; at < bytes.size() && bytes[at];) {
    texts.emplace_back(bytes.c_str() + at);
    at += texts.back().size() + 1;
  }
  return texts;
}

/** Reads a property in its own format; returns a status. */
inline nxs_int readProperty(const State &state, nxs_uint property, nxs_long &value) {
  std::size_t size = sizeof value;
  const nxs_int result = state.kind.query(state.plugin, state.handle(), property, &value, &size);
  return result >= 0 && size < sizeof value ? NXS_InvalidArgSize : result;
}
inline nxs_int readProperty(const State &state, nxs_uint property, nxs_double &value) {
  std::size_t size = sizeof value;
  const nxs_int result = state.kind.query(state.plugin, state.handle(), property, &value, &size);
  return result >= 0 && size < sizeof value ? NXS_InvalidArgSize : result;
}
inline nxs_int readProperty(const State &state, nxs_uint property, std::string &value) {
  char text[256];
  std::size_t size = sizeof text;
  nxs_int result = state.kind.query(state.plugin, state.handle(), property, text, &size);
  if (result >= 0) {
    const void *const end = std::memchr(text, 0, sizeof text);
    value.assign(
        text, end ? static_cast<std::size_t>(static_cast<const char *>(end) - text) : sizeof text);
    return result;
  }
  if (!saysTooSmall(result)) return result;
  result = readBytes(state, property, true, value);
  if (result >= 0) value.resize(std::strlen(value.c_str()));
  return result;
}
inline nxs_int readProperty(const State &state, nxs_uint property,
                            std::vector<std::string> &value) {
  std::string bytes;
  const nxs_int result = readBytes(state, property, false, bytes);
  value = splitTexts(bytes);
  return result;
}
template <class Number>
nxs_int readProperty(const State &state, nxs_uint property, std::vector<Number> &value) {
  std::string bytes;
  const nxs_int result = readBytes(state, property, false, bytes);
  value = unpack<Number>(bytes);
  return result;
}

/**
 * Looks a path up in what is known of a device beyond its plugin; set by device_db.hpp. Writes a
 * value of the C++ type for the format that is wanted, and returns whether there is one. Throws
 * PropertyTypeError for a value of another type.
 */
using RecordLookup = bool (*)(const State &device, const Path &path, nxs_property_type wanted,
                              void *value);
inline std::atomic<RecordLookup> recordLookup{nullptr};

/** Returns a property as the plugin answers it; nothing if the object does not have it. */
template <class T>
std::optional<T> ask(const State &state, nxs_property property) {
  T value{};
  const nxs_int result = readProperty(state, static_cast<nxs_uint>(property), value);
  if (result >= 0) return value;
  if (!isMissing(result)) fail(state, result, state.kind.queryName, aboutProperty(state, property));
  return std::nullopt;
}

}  // namespace detail

/** The C++ type of the values of a property, such as std::string for NP_Name. */
template <nxs_property Property>
using PropertyType = typename detail::ValueOf<detail::kProperties[Property].type>::type;

}  // namespace nexus

#endif  // NEXUS_PROPERTY_HPP
