/**
 * @file device_db.hpp
 * The device database: what is known of devices beyond what their drivers report. Not a part of
 * nexus.hpp. With it, Device::getInfo() returns all that is known, and getProperty() of a device
 * looks into its record for what its plugin does not answer.
 *
 *     #include <nexus/device_db.hpp>
 *
 *     nexus::Info volta = nexus::lookupDeviceInfo("Volta");
 *     auto cores = volta.get<nxs_long>({"CoreSubsystem", "Count"});
 */
#ifndef NEXUS_DEVICE_DB_HPP
#define NEXUS_DEVICE_DB_HPP

#include <nexus/device.hpp>
#include <nexus/device_db/database.hpp>
#include <nexus/device_db/overlay.hpp>

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace nexus {
namespace detail {

template <class T>
std::optional<Json> askAs(const State &device, nxs_uint property) {
  T value{};
  const nxs_int result = readProperty(device, property, value);
  if (result < 0) return std::nullopt;
  if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
    return Json(value);
  } else {
    Json::Array items;
    for (auto &item : value) items.emplace_back(Json(std::move(item)));
    return Json(std::move(items));
  }
}

/** Returns what a device's plugin answers for a property; nothing if it has no answer. */
inline std::optional<Json> askDevice(const State &device, const PropertyKey &key) {
  const auto property = static_cast<nxs_uint>(key.number());
  switch (kProperties[property].type) {
    case NXS_PropertyType_str: return askAs<std::string>(device, property);
    case NXS_PropertyType_int: return askAs<nxs_long>(device, property);
    case NXS_PropertyType_flt: return askAs<nxs_double>(device, property);
    case NXS_PropertyType_str_vec: return askAs<std::vector<std::string>>(device, property);
    case NXS_PropertyType_int_vec: return askAs<std::vector<nxs_long>>(device, property);
    case NXS_PropertyType_flt_vec: return askAs<std::vector<nxs_double>>(device, property);
    case NXS_PropertyType_obj_vec: break;
  }
  return std::nullopt;
}

/** Returns the device's record, completed and corrected by the device; nothing if it has none. */
inline std::optional<Info> describeDevice(const State &device) {
  const auto ask = [&](const std::string &name) { return askDevice(device, PropertyKey(name)); };
  const auto text = [&](nxs_property key) -> std::optional<std::string> {
    const std::optional<Json> found = askDevice(device, PropertyKey(key));
    return found && found->asString() ? std::optional<std::string>(*found->asString())
                                      : std::nullopt;
  };
  std::optional<Info> record;
  const std::optional<std::string> vendor = text(NP_Vendor), type = text(NP_Type);
  if (vendor && type)
    record = deviceDatabase().find(*vendor, *type, text(NP_Architecture).value_or(std::string()),
                                   text(NP_Name).value_or(std::string()));
  const std::string told = text(NP_Record).value_or(std::string());
  if (!record && told.empty()) return std::nullopt;
  const std::string origin = "property Record of " + device.describe();
  Json tree = record ? record->tree() : Json(Json::Object());
  fill(tree, ask);
  if (!told.empty()) layOver(tree, JsonReader(origin, told).read());
  if (Json *const cores = tree.find("CoreSubsystem"); cores && cores->isObject())
    recount(*cores, 1);
  return Info(std::move(tree), record ? record->origin() : device.describe());
}

/** Returns what describeDevice does, made once for each device. */
inline const std::optional<Info> &deviceRecord(const State &device) {
  static std::mutex mutex;
  static std::map<std::pair<const void *, nxs_int>, std::optional<Info>> known;
  const std::pair<const void *, nxs_int> key(&device.plugin, device.handle());
  const std::lock_guard<std::mutex> only(mutex);
  auto found = known.find(key);
  if (found == known.end()) found = known.emplace(key, describeDevice(device)).first;
  return found->second;
}

/** Reads a value of a device's record, as the type that is wanted; see RecordLookup. */
inline bool findInRecord(const State &device, const Path &path, nxs_property_type wanted,
                         void *value) {
  const std::optional<Info> &record = deviceRecord(device);
  if (!record || !record->contains(path)) return false;
  const auto read = [&](auto *result) {
    *result = record->get<std::remove_pointer_t<decltype(result)>>(path);
    return true;
  };
  switch (wanted) {
    case NXS_PropertyType_str: return read(static_cast<std::string *>(value));
    case NXS_PropertyType_int: return read(static_cast<nxs_long *>(value));
    case NXS_PropertyType_flt: return read(static_cast<nxs_double *>(value));
    case NXS_PropertyType_str_vec: return read(static_cast<std::vector<std::string> *>(value));
    case NXS_PropertyType_int_vec: return read(static_cast<std::vector<nxs_long> *>(value));
    case NXS_PropertyType_flt_vec: return read(static_cast<std::vector<nxs_double> *>(value));
    case NXS_PropertyType_obj_vec: break;
  }
  return false;
}

/** Lets properties of devices be found in records. */
inline const bool kRecordsAreFound = (recordLookup = &findInRecord, true);

}  // namespace detail

inline Info Device::getInfo() const {
  detail::Json tree{detail::Json::Object()};
  std::string origin;
  if (const std::optional<Info> &record = detail::deviceRecord(state())) {
    tree = record->tree();
    origin = record->origin() + " and ";
  }
  for (const nxs_property key : getPropertyKeys()) {
    if (key == NP_Record || key == NP_Keys) continue;
    if (auto value = detail::askDevice(state(), key))
      tree.set(PropertyKey(key).name(), *std::move(value));
  }
  return Info(std::move(tree), origin + describe());
}

}  // namespace nexus

#endif  // NEXUS_DEVICE_DB_HPP
