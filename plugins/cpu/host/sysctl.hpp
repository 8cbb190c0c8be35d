// What macOS tells of the machine by name; 0 or empty if it does not know the name.
#pragma once

#include <nexus-api/nxs_platform.h>
#include <sys/sysctl.h>

#include <array>
#include <string>

namespace nexus::cpu {

inline nxs_long sysctl_number(const std::string &name) {
  nxs_long value = 0;
  std::size_t size = sizeof value;
  return sysctlbyname(name.c_str(), &value, &size, nullptr, 0) == 0 ? value : 0;
}

inline std::string sysctl_text(const std::string &name) {
  std::array<char, 256> text{};
  std::size_t size = text.size() - 1;
  return sysctlbyname(name.c_str(), text.data(), &size, nullptr, 0) == 0 ? text.data() : "";
}

}  // namespace nexus::cpu
