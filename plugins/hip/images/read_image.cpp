#include "images/read_image.hpp"

#include "images/code_object.hpp"
#include "images/ptx.hpp"

namespace nexus::hip {
namespace {

// Clang's fat binaries: a magic, a number of entries, and entries, each with the place and size of
// its content and of its name. https://clang.llvm.org/docs/ClangOffloadBundler.html
constexpr std::string_view kBundle = "__CLANG_OFFLOAD_BUNDLE__";

// The code object of a fat binary that fits a device best. Fails with NXS_InvalidBinary, naming
// what there is, if none fits.
Bytes best_entry(Bytes bundle, const std::string &target) {
  Bytes best;
  int best_fit = 0;
  std::string names;
  std::uint64_t at = kBundle.size() + sizeof(std::uint64_t);
  for (auto left = number_at<std::uint64_t>(bundle, kBundle.size()); left > 0; --left) {
    const auto offset = number_at<std::uint64_t>(bundle, at),
               size = number_at<std::uint64_t>(bundle, at + 8),
               length = number_at<std::uint64_t>(bundle, at + 16);
    // Such as "hipv4-amdgcn-amd-amdhsa--gfx90a:xnack-".
    const std::string_view name = text_of(part_of(bundle, at + 24, length, "an entry's name"));
    if (!is_text(name)) fail(NXS_InvalidBinary, "the fat binary is damaged: an entry has no name");
    const Bytes content = part_of(bundle, offset, size, "an entry");
    at += 24 + length;
    if (name.starts_with("host")) continue;
    names.append(names.empty() ? "" : ", ").append(name);
    const int fit = name.starts_with("hip") ? fitness(target_in(name), target) : 0;
    if (fit > best_fit) {
      best = content;
      best_fit = fit;
    }
  }
  if (!best_fit)
    fail(NXS_InvalidBinary, "the fat binary has no code for the device's ", target, ", but for ",
         names.empty() ? "the host only" : names,
         ": build it with --offload-arch=", processor_of(target));
  return best;
}

}  // namespace

Image read_image(Bytes bytes, const std::string &path, const std::string &target) {
  const bool is_bundle = begins_with(bytes, kBundle);
  if (is_bundle || begins_with(bytes, "\177ELF")) {
    const Bytes code = is_bundle ? best_entry(bytes, target) : bytes;
    return {std::string(text_of(code)), "hsaco", {}, read_code_object(code, target)};
  }
  if (begins_with(bytes, "CCOB"))
    fail(NXS_InvalidBinary,
         "the image is a compressed fat binary, which this plugin does not unpack: build it with "
         "--no-offload-compress");
  if (begins_with(bytes, "FPIH"))
    fail(NXS_InvalidBinary,
         "the image is the structure that points to a fat binary; pass the fat binary itself");
  std::string text = gpu::required_text(bytes, path, "a code object, nor a fat binary");
  if (gpu::is_ptx(text)) return gpu::ptx_image(std::move(text));
  return compile(text, path.empty() ? "source.hip" : path, target);
}

}  // namespace nexus::hip
