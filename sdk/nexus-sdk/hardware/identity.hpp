// Who made a device and what it runs, in the device database's spelling, from what its driver
// answers.
#pragma once

#include <nexus-sdk/base/ascii.hpp>
#include <nexus-sdk/base/x86_level.hpp>
#include <nexus-sdk/hardware/makers.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace nexus::sdk {

// What the driver answers. Questions of an extension that the device lacks are left at 0.
struct DriverAnswers {
  bool cpu = false;             // CL_DEVICE_TYPE is CL_DEVICE_TYPE_CPU
  std::string name;             // CL_DEVICE_NAME
  std::string vendor;           // CL_DEVICE_VENDOR
  std::string version;          // CL_DEVICE_VERSION
  std::uint32_t vendor_id = 0;  // CL_DEVICE_VENDOR_ID
  // CL_DEVICE_COMPUTE_CAPABILITY_MAJOR_NV and CL_DEVICE_COMPUTE_CAPABILITY_MINOR_NV
  std::uint32_t nvidia_major = 0;
  std::uint32_t nvidia_minor = 0;
  std::uint32_t intel_ip = 0;  // CL_DEVICE_IP_VERSION_INTEL
};

namespace detail {

// The text up to the first of some characters.
inline std::string_view before(std::string_view text, std::string_view any) {
  return text.substr(0, text.find_first_of(any));
}

// The text after a marker, empty if it is not there.
inline std::string_view after(std::string_view text, std::string_view marker) {
  const auto at = text.find(marker);
  return at == text.npos ? std::string_view() : text.substr(at + marker.size());
}

// AMD's drivers name a device after its target, such as "gfx908:sramecc+:xnack-". Mesa's have a
// code name, an alias in the database: "AMD Radeon Pro WX 4100 (radeonsi, polaris11, LLVM 18)".
inline std::string amd_architecture(std::string_view name) {
  if (name.starts_with("gfx")) return std::string(before(name, ":"));
  return std::string(before(after(name, "(radeonsi, "), ",)"));
}

// "QUALCOMM Adreno(TM)" may be all that the name says; the version goes on: "OpenCL 3.0 Adreno(TM)
// 740". Mesa names them "Adreno X1-85" and "FD740".
inline std::string adreno_architecture(std::string_view name, std::string_view version) {
  for (const std::string_view text : {version, name})
    for (const std::string_view brand : {"adreno(tm) ", "adreno "})
      if (const auto product = before(after(text, brand), " "); !product.empty())
        return "adreno-" + std::string(product);
  return name.starts_with("fd") ? "adreno-" + std::string(name.substr(2)) : "";
}

// "Mali-G78 r0p1" and "Immortalis-G715" without the revision. Other products of Arm are none.
inline std::string mali_architecture(std::string_view name) {
  const std::string product(before(name, " "));
  return product.starts_with("mali-") || product.starts_with("immortalis-") ? product : "";
}

// "Apple M1 Pro (G13S C0)" is "m1-pro".
inline std::string apple_architecture(std::string_view name) {
  std::string product(before(after(name, "apple "), "("));
  while (product.ends_with(' ')) product.pop_back();
  std::replace(product.begin(), product.end(), ' ', '-');
  return product;
}

// The version of the graphics block: architecture in the bits from 22, release in those from 14
// (https://registry.khronos.org/OpenCL/extensions/intel/cl_intel_device_attribute_query.html; the
// products' in Intel's compute runtime, third_party/aot_config_headers/platforms.h).
inline std::string intel_architecture(std::uint32_t ip) {
  const std::uint32_t architecture = ip >> 22;
  const std::uint32_t release = ip >> 14 & 0xff;
  if (architecture == 30) return "xe3";
  if (architecture == 20) return "xe2";
  if (architecture != 12) return {};
  if (release <= 10) return "xe-lp";
  if (release >= 55 && release <= 57) return "xe-hpg";
  if (release >= 60 && release <= 61) return "xe-hpc";
  if (release >= 70 && release <= 74) return "xe-lpg";
  return {};
}

// A driver for CPUs runs on the host. On AArch64, PoCL's version ends with LLVM's name of the
// processor: "OpenCL 3.0 PoCL HSTR: cpu-aarch64-unknown-linux-gnu-neoverse-n1".
inline std::string cpu_architecture([[maybe_unused]] std::string_view version) {
#if defined(__x86_64__)
  return sdk::x86_level();
#elif defined(__aarch64__)
  for (const char *known : {"neoverse-n1", "neoverse-n2", "neoverse-v1", "neoverse-v2"})
    if (version.ends_with(known)) return known;
  return "aarch64";
#else
  return {};
#endif
}

}  // namespace detail

// The maker, such as "intel". Of a CPU, whoever made the processor, not the driver. The driver's
// own words in lower case if they name no known maker.
inline std::string vendor_of(const DriverAnswers &answers) {
  // Intel's driver for CPUs says "Intel(R) Corporation" on those of AMD too, but names them.
  std::string maker = answers.cpu ? maker_in(answers.name) : std::string();
  if (maker.empty()) maker = maker_in(answers.vendor);
  if (maker.empty() && !answers.cpu) maker = maker_of(answers.vendor_id);
  return maker.empty() ? in_lower_case(answers.vendor) : maker;
}

// The architecture, such as "sm_90", "gfx1030", "mali-g78" or "adreno-740"; empty if unknown.
inline std::string architecture_of(const DriverAnswers &answers) {
  if (answers.cpu) return detail::cpu_architecture(answers.version);
  const std::string vendor = vendor_of(answers);
  const std::string name = in_lower_case(answers.name);
  if (vendor == "nvidia" && answers.nvidia_major > 0)
    return "sm_" + std::to_string(answers.nvidia_major) + std::to_string(answers.nvidia_minor);
  if (vendor == "amd") return detail::amd_architecture(name);
  if (vendor == "arm") return detail::mali_architecture(name);
  if (vendor == "qualcomm")
    return detail::adreno_architecture(name, in_lower_case(answers.version));
  if (vendor == "apple") return detail::apple_architecture(name);
  if (vendor == "intel") return detail::intel_architecture(answers.intel_ip);
  return {};
}

}  // namespace nexus::sdk
