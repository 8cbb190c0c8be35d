/**
 * @file object.hpp
 * The base of all objects.
 */
#ifndef NEXUS_OBJECT_HPP
#define NEXUS_OBJECT_HPP

#include <nexus/property.hpp>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace nexus {

namespace detail {
struct Access;
}

/**
 * An object of a plugin: a reference, whose copies share one handle. It keeps its parent alive, so
 * objects may end in any order, also static ones at exit. The last reference releases the handle.
 *
 * An object that is default-constructed or moved from is empty; all that it can do is to be
 * assigned, compared and destroyed, and its other members throw InvalidHandleError.
 */
class Object {
 public:
  /** Whether it has a handle: neither empty nor closed. */
  explicit operator bool() const noexcept { return state_ && state_->handle() >= 0; }

  /** Whether both refer to one object, or both are empty. */
  friend bool operator==(const Object &one, const Object &other) noexcept {
    if (!one.state_ || !other.state_) return !one.state_ == !other.state_;
    const bool endless = !one.state_->kind.release;
    return one.state_.get() == other.state_.get() ||
           (endless && &one.state_->kind == &other.state_->kind &&
            &one.state_->plugin == &other.state_->plugin && one.handle() == other.handle());
  }
  friend bool operator!=(const Object &one, const Object &other) noexcept {
    return !(one == other);
  }

  /** The plugin's handle, for the C ABI; negative if closed or empty. */
  nxs_int handle() const noexcept { return state_ ? state_->handle() : detail::kClosed; }

  /** What it is, for messages: "Buffer of runtime 'cpu', handle 3". */
  std::string describe() const { return state_ ? state_->describe() : "an empty object"; }

  /**
   * Returns a property, with the type that the headers give it.
   *
   *     std::string name = device.get<NP_Name>();
   */
  template <nxs_property Property>
  PropertyType<Property> get() const {
    PropertyType<Property> value{};
    const nxs_int result = detail::readProperty(state(), Property, value);
    if (result < 0) return fallBack<PropertyType<Property>>(Property, result);
    return value;
  }

  /**
   * Returns a property by name or constant.
   *
   *     auto size = buffer.getProperty<nxs_long>("Size");
   *
   * T is std::string, a number, or a std::vector of std::string, nxs_long or nxs_double. Throws
   * PropertyNotFoundError if the object does not have it, PropertyTypeError if it is of another
   * type or a number does not fit T.
   */
  template <class T, class Key, detail::IfKey<Key> = 0>
  T getProperty(const Key &name) const {
    const PropertyKey key(name);
    T value{};
    const nxs_int result = read(key, value);
    return result < 0 ? fallBack<T>(key, result) : value;
  }

  /** Returns a property by its path, as getProperty; paths of several steps lead into records. */
  template <class T>
  T getProperty(const Path &path) const {
    if (std::optional<T> value = findProperty<T>(path)) return *std::move(value);
    throw PropertyNotFoundError("property " + path.describe() + " of " + describe() + " is unknown",
                                NXS_InvalidProperty, state().kind.queryName);
  }

  /** Returns a property, or nothing if the object does not have it; else as getProperty. */
  template <class T, class Key, detail::IfKey<Key> = 0>
  std::optional<T> findProperty(const Key &name) const {
    const PropertyKey key(name);
    T value{};
    const nxs_int result = read(key, value);
    if (result >= 0) return value;
    if (!detail::isMissing(result)) fail(key, result);
    return fromRecord<T>(Path({key.name()}));
  }
  template <class T>
  std::optional<T> findProperty(const Path &path) const {
    const bool isName = path.steps().size() == 1 && !path.steps()[0].isIndex;
    return isName ? findProperty<T>(PropertyKey(path.steps()[0].name)) : fromRecord<T>(path);
  }

  /** Returns the properties that the plugin answers for the object. */
  template <class Unused = void>
  std::vector<nxs_property> getPropertyKeys() const {
    std::vector<nxs_property> keys;
    if (const auto numbers = detail::ask<std::vector<nxs_long>>(state(), NP_Keys)) {
      for (const nxs_long number : *numbers) {
        const bool known = number >= 0 && number < NXS_PROPERTY_CNT;
        if (known) keys.push_back(static_cast<nxs_property>(number));
      }
      return keys;
    }
    // A plugin without Keys: what it answers is found by asking.
    for (int number = 0; number < NXS_PROPERTY_CNT; ++number) {
      const auto key = static_cast<nxs_property>(number);
      if (readAny<Unused>(key)) keys.push_back(key);
    }
    return keys;
  }

  /** Returns all properties that the plugin answers for the object. */
  template <class Unused = void>
  std::vector<NamedProperty> getProperties() const {
    std::vector<NamedProperty> all;
    for (const nxs_property key : getPropertyKeys<Unused>()) {
      if (key == NP_Keys) continue;
      if (auto value = readAny<Unused>(key))
        all.push_back({PropertyKey(key).name(), *std::move(value)});
    }
    return all;
  }

 protected:
  Object() = default;
  explicit Object(detail::Reference<detail::State> state) : state_(std::move(state)) {}

  detail::State &state() const {
    if (!state_) throwEmpty();
    return *state_;
  }
  const detail::Reference<detail::State> &shared() const {
    if (!state_) throwEmpty();
    return state_;
  }
  const detail::Plugin &plugin() const { return state().plugin; }

  /** Returns a result; throws for a negative one. `about` makes the first words of the message. */
  template <class About>
  nxs_int checked(nxs_int result, const char *function, const About &about) const {
    if (result < 0) detail::fail(state(), result, function, about());
    return result;
  }
  nxs_int checked(nxs_int result, const char *function) const {
    return checked(result, function, [this] { return describe(); });
  }

 private:
  friend struct detail::Access;

  [[noreturn]] static void throwEmpty() {
    throw InvalidHandleError(
        "the object is empty: it was default-constructed or moved from, so assign another first",
        NXS_InvalidObject);
  }

  [[noreturn]] void fail(PropertyKey key, nxs_int result) const {
    detail::fail(state(), result, state().kind.queryName, detail::aboutProperty(state(), key));
  }

  [[noreturn]] void throwType(const std::string &about, const char *why) const {
    throw PropertyTypeError(about + why, NXS_InvalidProperty, state().kind.queryName);
  }

  /** Reads a property as a type, which has to be its own. */
  template <class T>
  nxs_int read(PropertyKey key, T &value) const {
    constexpr nxs_property_type wanted = detail::formatOf<T>();
    const nxs_property number = key.number();
    const bool known = number >= 0 && number < NXS_PROPERTY_CNT;
    const nxs_property_type type = known ? detail::kProperties[number].type : wanted;
    if (type == NXS_PropertyType_obj_vec) return NXS_InvalidProperty;
    if (type != wanted) {
      throwType(
          detail::aboutProperty(state(), key) + " is of type " + detail::kPropertyTypeNames[type],
          (std::string(", not ") + detail::kPropertyTypeNames[wanted]).c_str());
    }
    typename detail::ValueOf<wanted>::type found{};
    const nxs_int result = detail::readProperty(state(), static_cast<nxs_uint>(number), found);
    if (result >= 0) value = narrowed<T>(std::move(found), key);
    return result;
  }

  template <class T, class Found>
  T narrowed(Found &&found, PropertyKey key) const {
    if constexpr (std::is_integral_v<T>) {
      const T value = static_cast<T>(found);
      if (static_cast<nxs_long>(value) != found || (value < T{}) != (found < 0)) {
        throwType(detail::aboutProperty(state(), key) + " is " + std::to_string(found),
                  ", which does not fit the type asked for; use nxs_long");
      }
      return value;
    } else if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(found);
    } else {
      return std::forward<Found>(found);
    }
  }

  /** Returns what is known beyond the plugin, or throws for the plugin's status. */
  template <class T>
  T fallBack(PropertyKey key, nxs_int result) const {
    if (detail::isMissing(result)) {
      if (std::optional<T> value = fromRecord<T>(Path({key.name()}))) return *std::move(value);
    }
    fail(key, result);
  }

  template <class T>
  std::optional<T> fromRecord(const Path &path) const {
    const detail::RecordLookup lookup = detail::recordLookup;
    if (!lookup || &state().kind != &detail::kDevice) return std::nullopt;
    typename detail::ValueOf<detail::formatOf<T>()>::type value{};
    if (!lookup(state(), path, detail::formatOf<T>(), &value)) return std::nullopt;
    if constexpr (std::is_arithmetic_v<T>) {
      return static_cast<T>(value);
    } else {
      return value;
    }
  }

  template <class Unused>
  std::optional<PropertyValue> readAny(nxs_property key) const {
    switch (detail::kProperties[key].type) {
      case NXS_PropertyType_str: return detail::ask<std::string>(state(), key);
      case NXS_PropertyType_int: return detail::ask<nxs_long>(state(), key);
      case NXS_PropertyType_flt: return detail::ask<nxs_double>(state(), key);
      case NXS_PropertyType_str_vec: return detail::ask<std::vector<std::string>>(state(), key);
      case NXS_PropertyType_int_vec: return detail::ask<std::vector<nxs_long>>(state(), key);
      case NXS_PropertyType_flt_vec: return detail::ask<std::vector<nxs_double>>(state(), key);
      case NXS_PropertyType_obj_vec: break;
    }
    return std::nullopt;
  }

  detail::Reference<detail::State> state_;
};

/** An object that can be closed. */
class Closable : public Object {
 public:
  /**
   * Releases the handle now, not with the last reference. Closing twice does nothing. Work in
   * flight that uses the object goes on.
   */
  void close() { state().release(); }

 protected:
  using Object::Object;
};

namespace detail {

/** Makes objects of handles, and reaches their states. */
struct Access {
  template <class T>
  static T wrap(Reference<State> state) {
    return T(std::move(state));
  }
  static State &state(const Object &object) { return object.state(); }
  static const Reference<State> &shared(const Object &object) { return object.shared(); }
};

}  // namespace detail

}  // namespace nexus

#endif  // NEXUS_OBJECT_HPP
