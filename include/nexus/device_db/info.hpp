/**
 * @file info.hpp
 * Trees of properties: a record of the device database, or all that is known of a device.
 */
#ifndef NEXUS_DEVICE_DB_INFO_HPP
#define NEXUS_DEVICE_DB_INFO_HPP

#include <nexus/device_db/json.hpp>
#include <nexus/property.hpp>

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace nexus {

/**
 * A read-only tree of names with values, lists, and subtrees. Copies share it.
 *
 *     const nexus::Info info = nexus::lookupDeviceInfo("nvidia-gpu-sm_70");
 *     auto name = info.get<std::string>("Name");
 *     auto size = info.get<nxs_long>({"MemorySubsystem", "MemoryTypes", 1, "Size"});
 */
class Info {
 public:
  /** An empty tree. */
  Info() : Info(detail::Json(detail::Json::Object()), "") {}
  Info(detail::Json tree, std::string origin)
      : tree_(std::make_shared<const detail::Json>(std::move(tree))), origin_(std::move(origin)) {}

  /** Where it comes from, such as the record's file. */
  const std::string &origin() const noexcept { return origin_; }

  /**
   * Returns a value. T is std::string, bool, a number, or a std::vector of strings or numbers; an
   * integer is also a floating-point number. Throws PropertyNotFoundError if there is no such
   * value, PropertyTypeError if it is of another type or does not fit T.
   */
  template <class T>
  T get(const Path &path) const {
    return as<T>(at(path), path);
  }
  template <class T>
  T get(PropertyKey key) const {
    return get<T>(Path{key.name()});
  }
  template <class T>
  T get(const char *name) const {
    return get<T>(Path{name});
  }

  /** Returns a value, nothing if there is none; throws PropertyTypeError for another type. */
  template <class T>
  std::optional<T> find(const Path &path) const {
    std::size_t reached = 0;
    const detail::Json *const found = walk(path, reached);
    if (!found) return std::nullopt;
    return as<T>(*found, path);
  }
  template <class T>
  std::optional<T> find(const char *name) const {
    return find<T>(Path{name});
  }

  /** Whether there is a value, a list or a subtree. */
  bool contains(const Path &path) const {
    std::size_t reached = 0;
    return walk(path, reached) != nullptr;
  }

  /** Returns the names of a subtree in their order; those of the whole for an empty path. */
  std::vector<std::string> names(const Path &path = {}) const {
    const detail::Json &found = at(path);
    const auto *const members = found.asObject();
    if (!members) throwType(path, found, "a subtree");
    std::vector<std::string> result;
    for (const auto &member : *members) result.push_back(member.first);
    return result;
  }

  /** Returns the number of elements of a list. */
  std::size_t size(const Path &path) const {
    const detail::Json &found = at(path);
    const auto *const items = found.asArray();
    if (!items) throwType(path, found, "a list");
    return items->size();
  }

  /** The tree, for code that walks through all of it. */
  const detail::Json &tree() const noexcept { return *tree_; }

 private:
  const detail::Json *walk(const Path &path, std::size_t &reached) const {
    const detail::Json *found = tree_.get();
    for (reached = 0; reached < path.steps().size(); ++reached) {
      const PathStep &step = path.steps()[reached];
      const detail::Json *below = nullptr;
      if (!step.isIndex) {
        below = found->find(step.name);
      } else if (const auto *const items = found->asArray()) {
        if (step.index < items->size()) below = &(*items)[step.index];
      }
      if (!below) return nullptr;
      found = below;
    }
    return found;
  }

  const detail::Json &at(const Path &path) const {
    std::size_t reached = 0;
    const detail::Json *const found = walk(path, reached);
    if (found) return *found;
    std::vector<PathStep> steps(path.steps().begin(), path.steps().begin() + reached + 1);
    const Path missing(steps);
    steps.pop_back();
    const detail::Json &parent = at(Path(std::move(steps)));
    std::string there;
    if (const auto *const members = parent.asObject()) {
      std::vector<std::string> known;
      for (const auto &member : *members) known.push_back(member.first);
      there = ", only " + detail::listed(known);
    } else if (const auto *const items = parent.asArray()) {
      there = ", only the indexes below " + std::to_string(items->size());
    } else {
      there = ", since " + parent.kind() + " is there";
    }
    throw PropertyNotFoundError(
        "there is no property " + detail::quoted(missing.describe()) + there + where(),
        NXS_InvalidProperty);
  }

  template <class T>
  T as(const detail::Json &value, const Path &path) const {
    if constexpr (std::is_same_v<T, std::string>) {
      if (const std::string *const text = value.asString()) return *text;
      throwType(path, value, "a string");
    } else if constexpr (std::is_same_v<T, bool>) {
      if (const bool *const flag = value.asBool()) return *flag;
      throwType(path, value, "a boolean");
    } else if constexpr (std::is_integral_v<T>) {
      if (!value.isInteger()) throwType(path, value, "an integer");
      const nxs_long number = value.asInteger();
      const bool negative = number < 0;
      if (negative ? (std::is_unsigned_v<T> ||
                      number < static_cast<nxs_long>(std::numeric_limits<T>::min()))
                   : static_cast<nxs_ulong>(number) >
                         static_cast<nxs_ulong>(std::numeric_limits<T>::max()))
        throw PropertyTypeError("property " + detail::quoted(path.describe()) + " is " +
                                    std::to_string(number) + ", which does not fit" + where(),
                                NXS_InvalidProperty);
      return static_cast<T>(number);
    } else if constexpr (std::is_floating_point_v<T>) {
      if (value.isNumber()) return static_cast<T>(value.asDouble());
      throwType(path, value, "a number");
    } else {
      const auto *const items = value.asArray();
      if (!items) throwType(path, value, "a list");
      T list;
      std::vector<PathStep> steps = path.steps();
      for (std::size_t i = 0; i < items->size(); ++i) {
        steps.emplace_back(i);
        list.push_back(as<typename T::value_type>((*items)[i], Path(steps)));
        steps.pop_back();
      }
      return list;
    }
  }

  [[noreturn]] void throwType(const Path &path, const detail::Json &value,
                              const char *wanted) const {
    throw PropertyTypeError("property " + detail::quoted(path.describe()) + " is " + value.kind() +
                                ", not " + wanted + where(),
                            NXS_InvalidProperty);
  }

  std::string where() const { return origin_.empty() ? "" : " (in " + origin_ + ")"; }

  std::shared_ptr<const detail::Json> tree_;
  std::string origin_;
};

}  // namespace nexus

#endif  // NEXUS_DEVICE_DB_INFO_HPP
