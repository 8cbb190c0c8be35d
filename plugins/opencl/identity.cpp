#include "identity.hpp"

#include <nexus-sdk/base/x86_level.hpp>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

namespace nexus::opencl {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return result;
}

bool is_word_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// Whether a text in lower case has these words, and not as a part of others: "arm" is not in
// "charm".
bool has_words(std::string_view text, std::string_view words) {
  for (auto at = text.find(words); at != text.npos; at = text.find(words, at + 1)) {
    const auto end = at + words.size();
    const bool begins = at == 0 || !is_word_character(text[at - 1]);
    if (begins && (end == text.size() || !is_word_character(text[end]))) return true;
  }
  return false;
}

// The maker whose name is in a text; empty if there is none.
std::string maker_in(std::string_view text) {
  constexpr std::pair<std::string_view, const char *> kMakers[] = {
      {"intel", "intel"},
      {"genuineintel", "intel"},
      {"nvidia", "nvidia"},
      {"amd", "amd"},
      {"authenticamd", "amd"},
      {"advanced micro devices", "amd"},
      {"qualcomm", "qualcomm"},
      {"apple", "apple"},
      {"imagination technologies", "imagination"},
      {"arm", "arm"}};
  const std::string searched = lower(text);
  for (const auto &[words, maker] : kMakers)
    if (has_words(searched, words)) return maker;
  return {};
}

// The maker by PCI vendor ID; empty if unknown. PoCL answers Intel's for CPUs of AMD, and early
// drivers for Mali answer the product's, so that the words come first.
std::string maker_of(std::uint32_t vendor_id) {
  switch (vendor_id) {
    case 0x8086: return "intel";
    case 0x10de: return "nvidia";
    case 0x1002: return "amd";
    case 0x13b5: return "arm";
    case 0x5143: return "qualcomm";
    case 0x106b: return "apple";
    case 0x1010: return "imagination";
    default: return {};
  }
}

// The text up to the first of some characters.
std::string_view before(std::string_view text, std::string_view any) {
  return text.substr(0, text.find_first_of(any));
}

// The text after a marker, empty if it is not there.
std::string_view after(std::string_view text, std::string_view marker) {
  const auto at = text.find(marker);
  return at == text.npos ? std::string_view() : text.substr(at + marker.size());
}

// AMD's drivers name a device after its target, such as "gfx908:sramecc+:xnack-". Mesa's have a
// code name, an alias in the database: "AMD Radeon Pro WX 4100 (radeonsi, polaris11, LLVM 18)".
std::string amd_architecture(std::string_view name) {
  if (name.starts_with("gfx")) return std::string(before(name, ":"));
  return std::string(before(after(name, "(radeonsi, "), ",)"));
}

// "QUALCOMM Adreno(TM)" may be all that the name says; the version goes on: "OpenCL 3.0 Adreno(TM)
// 740". Mesa names them "Adreno X1-85" and "FD740".
std::string adreno_architecture(std::string_view name, std::string_view version) {
  for (const std::string_view text : {version, name})
    for (const std::string_view brand : {"adreno(tm) ", "adreno "})
      if (const auto product = before(after(text, brand), " "); !product.empty())
        return "adreno-" + std::string(product);
  return name.starts_with("fd") ? "adreno-" + std::string(name.substr(2)) : "";
}

// "Mali-G78 r0p1" and "Immortalis-G715" without the revision. Other products of Arm are none.
std::string mali_architecture(std::string_view name) {
  const std::string product(before(name, " "));
  return product.starts_with("mali-") || product.starts_with("immortalis-") ? product : "";
}

// "Apple M1 Pro (G13S C0)" is "m1-pro".
std::string apple_architecture(std::string_view name) {
  std::string product(before(after(name, "apple "), "("));
  while (product.ends_with(' ')) product.pop_back();
  std::replace(product.begin(), product.end(), ' ', '-');
  return product;
}

// The version of the graphics block: architecture in the bits from 22, release in those from 14
// (https://registry.khronos.org/OpenCL/extensions/intel/cl_intel_device_attribute_query.html; the
// products' in Intel's compute runtime, third_party/aot_config_headers/platforms.h).
std::string intel_architecture(std::uint32_t ip) {
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
std::string cpu_architecture([[maybe_unused]] std::string_view version) {
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

}  // namespace

std::string vendor_of(const Answers &answers) {
  // Intel's driver for CPUs says "Intel(R) Corporation" on those of AMD too, but names them.
  std::string maker = answers.cpu ? maker_in(answers.name) : std::string();
  if (maker.empty()) maker = maker_in(answers.vendor);
  if (maker.empty() && !answers.cpu) maker = maker_of(answers.vendor_id);
  return maker.empty() ? lower(answers.vendor) : maker;
}

std::string architecture_of(const Answers &answers) {
  if (answers.cpu) return cpu_architecture(answers.version);
  const std::string vendor = vendor_of(answers);
  const std::string name = lower(answers.name);
  if (vendor == "nvidia" && answers.nvidia_major > 0)
    return "sm_" + std::to_string(answers.nvidia_major) + std::to_string(answers.nvidia_minor);
  if (vendor == "amd") return amd_architecture(name);
  if (vendor == "arm") return mali_architecture(name);
  if (vendor == "qualcomm") return adreno_architecture(name, lower(answers.version));
  if (vendor == "apple") return apple_architecture(name);
  if (vendor == "intel") return intel_architecture(answers.intel_ip);
  return {};
}

}  // namespace nexus::opencl
