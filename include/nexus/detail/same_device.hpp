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

/**
 * Returns an address on the PCI bus, such as "0000:3b:00.0", spelled without leading zeros; empty
 * if the text is no such address. Its letters have to be in lower case. The domain and the function
 * may be left out, and are 0 then.
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
 * before a UUID makes no difference. A UUID of zeros, the answer of drivers that know none, names
 * nothing, nor does a location that is no such address.
 */
inline std::vector<std::string> identifiers(const State &device) {
  std::vector<std::string> found;
  std::string uuid = lower(ask<std::string>(device, NP_UUID).value_or(""));
  if (uuid.compare(0, 4, "gpu-") == 0) uuid.erase(0, 4);
  uuid.erase(std::remove(uuid.begin(), uuid.end(), '-'), uuid.end());
  if (uuid.find_first_not_of("0x") != uuid.npos) found.push_back("uuid " + uuid);
  const std::string place = lower(ask<std::string>(device, NP_Location).value_or(""));
  const std::string address = pciAddress(place);
  if (!address.empty()) found.push_back(address);
  return found;
}

/** Whether one of the identifiers is that one. */
inline bool isIn(const std::vector<std::string> &identifiers, const std::string &one) {
  return std::find(identifiers.begin(), identifiers.end(), one) != identifiers.end();
}

}  // namespace nexus::detail

#endif  // NEXUS_DETAIL_SAME_DEVICE_HPP
