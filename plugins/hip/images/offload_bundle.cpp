#include "images/offload_bundle.hpp"

#include <nexus-sdk/objects/image.hpp>

#include "images/target.hpp"

namespace nexus::hip {
using namespace sdk;
namespace {

constexpr std::string_view kMagic = "__CLANG_OFFLOAD_BUNDLE__";

// The target of an entry such as "hipv4-amdgcn-amd-amdhsa--gfx90a:xnack-"; empty for others, such
// as that of the host.
std::string_view target_of_entry(std::string_view name) {
  const std::size_t at = name.find("gfx");
  return name.starts_with("hip") && at != name.npos ? name.substr(at) : "";
}

}  // namespace

bool is_bundle(Bytes bytes) { return text_of(bytes).starts_with(kMagic); }

Bytes code_object_for(Bytes bundle, const std::string &target) {
  const auto count = number_at<std::uint64_t>(bundle, kMagic.size());
  std::uint64_t at = kMagic.size() + sizeof count;
  Bytes chosen;
  int best = 0;
  std::string names;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto offset = number_at<std::uint64_t>(bundle, at),
               size = number_at<std::uint64_t>(bundle, at + 8),
               length = number_at<std::uint64_t>(bundle, at + 16);
    const std::string_view name = text_of(part_of(bundle, at + 24, length, "an entry's name"));
    if (!is_text(name)) fail(NXS_InvalidBinary, "the fat binary is damaged: an entry has no name");
    const Bytes content = part_of(bundle, offset, size, "an entry");
    at += 24 + length;
    if (name.starts_with("host")) continue;
    names.append(names.empty() ? "" : ", ").append(name);
    if (const int fits = fitness(target_of_entry(name), target); fits > best) {
      best = fits;
      chosen = content;
    }
  }
  if (!best)
    fail(NXS_InvalidBinary, "the fat binary has no code for the device's ", target, ", but for ",
         names.empty() ? "the host only" : names,
         ": build it with --offload-arch=", target.substr(0, target.find(':')));
  return chosen;
}

}  // namespace nexus::hip
