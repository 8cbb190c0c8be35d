#include "host/host_info.hpp"

#include <nexus-sdk/base/ascii.hpp>
#include <nexus-sdk/base/x86_level.hpp>
#include <nexus-sdk/hardware/makers.hpp>

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "host/architecture.hpp"
#include "host/processors.hpp"
#if defined(__APPLE__)
#include "host/sysctl.hpp"
#else
#include <sys/prctl.h>

#include "host/text_file.hpp"
#include "host/topology.hpp"
#endif

namespace nexus::cpu {
namespace {

#if defined(__x86_64__)

void read_vectors(HostInfo &info) {
  __builtin_cpu_init();
  const bool avx512 = __builtin_cpu_supports("avx512f");
  info.simd_lanes = avx512 ? 16 : __builtin_cpu_supports("avx2") ? 8 : 4;
  // AVX has 256 bits for floats only, and so fewer lanes for integers.
  info.vector_register_size = avx512 ? 64 : __builtin_cpu_supports("avx") ? 32 : 16;
  info.vector_registers = avx512 ? 32 : 16;
}

#else

std::string machine() {
  utsname names{};
  if (uname(&names) != 0) return {};
  return std::string_view(names.machine) == "arm64" ? "aarch64" : names.machine;
}

#endif

#if defined(__APPLE__)

void read_system(HostInfo &info) {
  info.name = sysctl_text("machdep.cpu.brand_string");
  if (info.architecture == "aarch64") info.architecture = apple_architecture(info.name);
  info.vendor = info.name.rfind("Apple", 0) == 0 ? "apple" : "intel";
  info.features = sysctl_text("machdep.cpu.features");
  info.memory = sysctl_number("hw.memsize");
  info.core_cache = sysctl_number("hw.perflevel0.l2cachesize");
  if (!info.core_cache) info.core_cache = sysctl_number("hw.l2cachesize");
  info.max_clock = sysctl_number("hw.cpufrequency_max") / 1'000'000;
}

#else

constexpr const char *kCpuInfo = "/proc/cpuinfo";

// Parses a number, hexadecimal if it begins with 0x.
long cpu_number(std::string_view key) {
  return std::strtol(value_of(kCpuInfo, key).c_str(), nullptr, 0);
}

std::string vendor_name() {
  const std::string id = value_of(kCpuInfo, "vendor_id");
  if (std::string maker = sdk::maker_in(id); !maker.empty()) return maker;
  // Arm's main identification register names the implementer (Arm Architecture Reference Manual,
  // MIDR_EL1).
  const long implementer = cpu_number("CPU implementer");
  constexpr std::pair<long, const char *> kImplementers[] = {
      {0x41, "arm"},      {0x42, "broadcom"},  {0x43, "cavium"},
      {0x46, "fujitsu"},  {0x48, "hisilicon"}, {0x4e, "nvidia"},
      {0x51, "qualcomm"}, {0x61, "apple"},     {0xc0, "ampere"}};
  for (const auto &[code, name] : kImplementers)
    if (code == implementer) return name;
  return id.empty() ? "unknown" : sdk::in_lower_case(id);
}

// The size of the largest cache that is private to the first processor's core.
nxs_long private_cache() {
  const std::string root = "/sys/devices/system/cpu/cpu0/";
  const std::string own = first_line(root + "topology/thread_siblings_list");
  nxs_long largest = 0;
  for (int index = 0;; ++index) {
    const std::string cache = root + "cache/index" + std::to_string(index) + "/";
    const std::string size = first_line(cache + "size");
    if (size.empty()) return largest;
    if (first_line(cache + "shared_cpu_list") != own || first_line(cache + "type") == "Instruction")
      continue;
    largest = std::max(largest, size_in(size));
  }
}

nxs_long memory_size() {
  const nxs_long all = nxs_long{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  const nxs_long allowed = number_in(kMemoryLimit);
  return allowed > 0 ? std::min(all, allowed) : all;
}

#if defined(__aarch64__)

// With "native", compilers use the scalable vectors (SVE), whose length is the machine's.
nxs_long scalable_lanes() {
#if defined(PR_SVE_GET_VL)
  const int length = prctl(PR_SVE_GET_VL);
  if (length > 0) return (length & PR_SVE_VL_LEN_MASK) / 4;
#endif
  return 0;
}

// Linux reports only numbers.
void read_processor(HostInfo &info) {
  const std::string part = value_of(kCpuInfo, "CPU part");
  info.architecture = aarch64_architecture(cpu_number("CPU implementer"), cpu_number("CPU part"));
  if (info.name.empty() && info.architecture == "aarch64" && !part.empty())
    info.name = info.vendor + " " + part;
  info.simd_lanes = std::max(info.simd_lanes, scalable_lanes());
}

#else

void read_processor(HostInfo &) {}

#endif

void read_system(HostInfo &info) {
  info.name = value_of(kCpuInfo, "model name");
  info.vendor = vendor_name();
  read_processor(info);
  info.features = value_of(kCpuInfo, "flags");
  if (info.features.empty()) info.features = value_of(kCpuInfo, "Features");
  info.memory = memory_size();
  info.core_cache = private_cache();
  const std::string clocks = "/sys/devices/system/cpu/cpu0/cpufreq/";
  info.max_clock = number_in(clocks + "cpuinfo_max_freq") / 1000;
  info.base_clock = number_in(clocks + "base_frequency") / 1000;
  if (!info.max_clock)
    info.max_clock = std::strtoll(value_of(kCpuInfo, "cpu MHz").c_str(), nullptr, 10);
}

#endif

HostInfo read_host() {
  HostInfo info;
  info.cores = processor_count();
#if defined(__x86_64__)
  info.architecture = sdk::x86_level();
  read_vectors(info);
#else
  info.architecture = machine();
  // Advanced SIMD has 128 bits.
  info.simd_lanes = 4;
#endif
  read_system(info);
#if defined(__aarch64__)
  info.vector_registers = 32;
  info.vector_register_size = 4 * info.simd_lanes;
#endif
  if (info.name.empty()) info.name = info.architecture;
  return info;
}

}  // namespace

const HostInfo &host_info() {
  static const HostInfo info = read_host();
  return info;
}

}  // namespace nexus::cpu
