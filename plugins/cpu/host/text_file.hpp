// Files in which Linux describes the machine; empty or 0 if they do not exist.
#pragma once

#include <nexus-api/nxs_platform.h>

#include <string>
#include <string_view>

namespace nexus::cpu {

// The memory limit of this process's control group, in bytes; "max" without a limit.
inline constexpr const char *kMemoryLimit = "/sys/fs/cgroup/memory.max";

std::string first_line(const std::string &path);
nxs_long number_in(const std::string &path);
// The value of the first line "key : value" of a file such as /proc/cpuinfo.
std::string value_of(const std::string &path, std::string_view key);

}  // namespace nexus::cpu
