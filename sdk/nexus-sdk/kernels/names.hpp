// The names of kernels that nxs_kernel.h builds, and of their entry points.
#pragma once

#include <nexus-api/nxs_kernel_descriptor.h>

#include <array>
#include <string>
#include <string_view>

namespace nexus::sdk {

inline constexpr std::string_view kEntryPrefix = NXS_KERNEL_SYMBOL_PREFIX;

// The name of the kernel with an entry point, which for a kernel of another language is the same.
inline std::string name_of_entry(std::string_view entry) {
  if (entry.size() > kEntryPrefix.size() && entry.starts_with(kEntryPrefix))
    entry.remove_prefix(kEntryPrefix.size());
  return std::string(entry);
}

// The entry points that a kernel's name may stand for; the first that exists is meant.
inline std::array<std::string, 2> entries_of_name(const std::string &name) {
  return {std::string(kEntryPrefix) + name, name};
}

}  // namespace nexus::sdk
