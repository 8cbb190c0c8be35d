#include "images/read_image.hpp"

#include "images/device_elf.hpp"
#include "images/ptx.hpp"

namespace nexus::cuda {
namespace {

// Magic numbers of nvcc's output: of a fat binary, and of the structure in an executable that
// points to one.
constexpr std::uint32_t kFatbin = 0xba55ed50, kFatbinWrapper = 0x466243b1;

// Checks a fat binary: a header of at least 16 bytes with its own size and the size of what
// follows, then entries of the same form, each an image for one architecture.
void check_fatbin(Bytes bytes) {
  const auto header = number_at<std::uint16_t>(bytes, 6);
  const auto body = number_at<std::uint64_t>(bytes, 8);
  part_of(bytes, header, body, "the fat binary");
  for (std::uint64_t at = header; at < header + body;) {
    const auto entry_header = number_at<std::uint32_t>(bytes, at + 4);
    const auto entry_size = number_at<std::uint64_t>(bytes, at + 8);
    if (entry_header == 0) fail(NXS_InvalidBinary, "the fat binary has an entry without a header");
    part_of(bytes, at, entry_header, "an entry");
    part_of(bytes, at + entry_header, entry_size, "an entry");
    at += entry_header + entry_size;
  }
}

}  // namespace

Image read_image(Bytes bytes, const std::string &path, int capability) {
  if (begins_with(bytes, "\177ELF")) {
    [[maybe_unused]] const gpu::DeviceElf checked{bytes};
    return {std::string(text_of(bytes)), "cubin", {}, {}};
  }
  const auto magic = bytes.size() < sizeof kFatbin ? 0 : number_at<std::uint32_t>(bytes, 0);
  if (magic == kFatbin) {
    check_fatbin(bytes);
    return {std::string(text_of(bytes)), "fatbin", {}, {}};
  }
  if (magic == kFatbinWrapper)
    fail(NXS_InvalidBinary,
         "the image is the structure that points to a fat binary; pass the fat binary itself");
  std::string text = gpu::required_text(bytes, path, "a cubin, nor a fat binary");
  if (gpu::is_ptx(text)) return gpu::ptx_image(std::move(text));
  return compile(text, path.empty() ? "source.cu" : path, capability);
}

}  // namespace nexus::cuda
