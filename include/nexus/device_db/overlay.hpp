/**
 * @file overlay.hpp
 * Lays what a device tells about itself over its record, by the rules of the Python package.
 */
#ifndef NEXUS_DEVICE_DB_OVERLAY_HPP
#define NEXUS_DEVICE_DB_OVERLAY_HPP

#include <nexus/device_db/json_value.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace nexus::detail {

/** Recomputes TotalSize, if there is one, after Size or Count changed; removes it if unknown. */
inline void retotal(Json &memory) {
  Json *const total = memory.find("TotalSize");
  if (!total) return;
  const Json *const size = memory.find("Size"), *const count = memory.find("Count");
  if (size && count) {
    *total = Json(size->asInteger() * count->asInteger());
  } else {
    memory.remove("TotalSize");
  }
}

/** Whether a value is a list of parts, which have a Type. */
inline bool areParts(const Json *value) {
  const Json::Array *const items = value ? value->asArray() : nullptr;
  return items && std::all_of(items->begin(), items->end(), [](const Json &part) {
           const Json *const type = part.find("Type");
           return type && type->asString();
         });
}

/** The type of main memories of an unknown kind. */
inline constexpr std::string_view kUnknownMemory = "Main";

inline bool isMainMemory(std::string_view type) {
  for (const std::string_view begin : {"Main", "DDR", "GDDR", "HBM", "LPDDR"})
    if (type.substr(0, begin.size()) == begin) return true;
  return false;
}

/** Whether two parts describe the same thing. */
inline bool areSame(const Json &one, const Json &other) {
  const std::string &first = *one.find("Type")->asString();
  const std::string &second = *other.find("Type")->asString();
  if (first == kUnknownMemory || second == kUnknownMemory)
    return isMainMemory(first) && isMainMemory(second);
  return first == second;
}

/**
 * Changes a record to what a device tells, where that is more: objects are merged; lists of parts
 * are merged by type, those that the device tells first; all other values replace the record's.
 */
inline void layOver(Json &record, const Json &told);

inline Json merged(const Json &known, const Json &told) {
  Json::Array rest = *known.asArray(), found;
  for (const Json &part : *told.asArray()) {
    const auto own = std::find_if(rest.begin(), rest.end(),
                                  [&](const Json &other) { return areSame(part, other); });
    if (own == rest.end()) {
      found.push_back(part);
      continue;
    }
    Json changed = std::move(*own), overlay = part;
    rest.erase(own);
    if (*part.find("Type")->asString() == kUnknownMemory)
      overlay.set("Type", *changed.find("Type"));
    layOver(changed, overlay);
    found.push_back(std::move(changed));
  }
  std::move(rest.begin(), rest.end(), std::back_inserter(found));
  return Json(std::move(found));
}

/** Whether a list says no more than that there is some main memory. */
inline bool isUnknownOnly(const Json &value) {
  const Json::Array *const items = value.asArray();
  return items && items->size() == 1 && items->front().asString() &&
         *items->front().asString() == kUnknownMemory;
}

/** Whether a value holds something. */
inline bool holdsSomething(const Json *value) {
  if (!value) return false;
  if (const auto *const items = value->asArray()) return !items->empty();
  if (const auto *const members = value->asObject()) return !members->empty();
  if (const auto *const text = value->asString()) return !text->empty();
  return value->isNumber() && value->asDouble() != 0;
}

inline void layOver(Json &record, const Json &told) {
  for (const auto &[name, value] : *told.asObject()) {
    Json *const known = record.find(name);
    if (known && known->isObject() && value.isObject()) {
      layOver(*known, value);
    } else if (areParts(known) && areParts(&value)) {
      *known = merged(*known, value);
    } else if (!(isUnknownOnly(value) && holdsSomething(known))) {
      record.set(name, value);
    }
    // The property that would replace the value has been asked by the device itself.
    record.remove(name + "Property");
  }
  if (!told.find("TotalSize") && (told.find("Size") || told.find("Count"))) retotal(record);
}

/** Sets Size or Count from the property that the record names for it; returns whether it did. */
template <class Ask>
bool answer(Json &value, const std::string &key, const Ask &ask) {
  const Json *const property = value.find(key + "Property");
  if (!property || !property->asString()) return false;
  std::optional<Json> found = ask(*property->asString());
  if (!found) return false;
  value.set(key, std::move(*found));
  return true;
}

/**
 * Inserts sizes and counts of a device where its record names a property for them. `ask` returns a
 * property by name, nothing if the device does not have it.
 */
template <class Ask>
void fill(Json &value, const Ask &ask) {
  if (auto *const items = value.asArray()) {
    for (Json &item : *items) fill(item, ask);
  } else if (auto *const members = value.asObject()) {
    for (auto &member : *members) fill(member.second, ask);
    const bool size = answer(value, "Size", ask), count = answer(value, "Count", ask);
    if (size || count) retotal(value);
  }
}

/** Recomputes the TotalCount of units from the counts. */
inline void recount(Json &parent, std::optional<nxs_long> total) {
  Json *const units = parent.find("SubUnits");
  if (!units || !units->asArray()) return;
  for (Json &unit : *units->asArray()) {
    const Json *const count = unit.find("Count");
    std::optional<nxs_long> all;
    if (total && count && count->isInteger()) all = *total * count->asInteger();
    if (Json *const known = unit.find("TotalCount"); known && all) *known = Json(*all);
    recount(unit, all);
  }
}

}  // namespace nexus::detail

#endif  // NEXUS_DEVICE_DB_OVERLAY_HPP
