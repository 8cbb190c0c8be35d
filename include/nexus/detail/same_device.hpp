/**
 * @file same_device.hpp
 * What names the hardware of a device, spelled alike for all runtimes.
 */
#ifndef NEXUS_DETAIL_SAME_DEVICE_HPP
#define NEXUS_DETAIL_SAME_DEVICE_HPP

#include <nexus/property.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace nexus::detail {

/** Returns a property of a device; empty if its plugin does not answer it. */
inline std::string toldText(const State &device, nxs_property property) {
  std::string text;
  const nxs_int result = readProperty(device, static_cast<nxs_uint>(property), text);
  if (result < 0 && !isMissing(result)) {
    fail(device, result, device.kind.queryName, aboutProperty(device, property));
  }
  return result < 0 ? std::string() : text;
}

/**
 * Spells an address on the PCI bus, such as "0000:3b:00.0", without leading zeros. A domain and a
 * function may be left out, and are 0. Letters are in lower case. Returns an empty text for what is
 * no such address.
 */
inline std::string pciAddress(std::string_view text) {
  constexpr const char *kSpaces = " \t\n\v\f\r";
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  text = text.substr(0, text.find_last_not_of(kSpaces) + 1);
  std::string_view function = "0";
  if (const std::size_t point = text.find('.'); point != text.npos) {
    function = text.substr(point + 1);
    text = text.substr(0, point);
  }
  if (function.size() != 1 || function[0] < '0' || function[0] > '7') return {};
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t colon = text.find(':');
    parts.push_back(text.substr(0, colon));
    if (colon == text.npos) break;
    text.remove_prefix(colon + 1);
  }
  if (parts.size() == 2) parts.insert(parts.begin(), "0");
  if (parts.size() != 3 || parts[1].size() > 2 || parts[2].size() > 2) return {};
  std::string address = "pci";
  for (const std::string_view part : parts) {
    if (part.empty() || part.find_first_not_of("0123456789abcdef") != part.npos) return {};
    address += ':';
    address += part.substr(std::min(part.find_first_not_of('0'), part.size()));
  }
  return address.append(".").append(function);
}

/**
 * Returns what names the hardware of a device: its UUID and its address on the PCI bus. "GPU-"
 * before a UUID makes no difference; UUIDs of zeros, which drivers answer that know none, and
 * locations that are no PCI addresses name nothing.
 */
inline std::vector<std::string> identifiers(const State &device) {
  std::vector<std::string> found;
  std::string uuid = lower(toldText(device, NP_UUID));
  if (uuid.compare(0, 4, "gpu-") == 0) uuid.erase(0, 4);
  uuid.erase(std::remove(uuid.begin(), uuid.end(), '-'), uuid.end());
  if (uuid.find_first_not_of("0x") != uuid.npos) found.push_back("uuid " + uuid);
  const std::string address = pciAddress(lower(toldText(device, NP_Location)));
  if (!address.empty()) found.push_back(address);
  return found;
}

inline bool isIn(const std::vector<std::string> &identifiers, const std::string &one) {
  return std::find(identifiers.begin(), identifiers.end(), one) != identifiers.end();
}

}  // namespace nexus::detail

#endif  // NEXUS_DETAIL_SAME_DEVICE_HPP
