#include "images/image.hpp"

#include <nexus-sdk/objects/image.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "images/compiler.hpp"
#include "images/ptx.hpp"

namespace nexus::cuda {
using namespace sdk;
namespace {

using Bytes = std::span<const std::byte>;

// Magic numbers of nvcc's output: of a fat binary, and of the structure in an executable that
// points to one.
constexpr std::uint32_t kFatbin = 0xba55ed50, kFatbinWrapper = 0x466243b1;

template <class T>
T number_at(Bytes bytes, std::size_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T))
    fail(NXS_InvalidBinary, "the image is truncated: it has ", bytes.size(), " bytes, and offset ",
         offset, " is needed");
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

void require_inside(Bytes bytes, std::uint64_t offset, std::uint64_t size, const char *what) {
  if (offset > bytes.size() || size > bytes.size() - offset)
    fail(NXS_InvalidBinary, "the image is truncated or damaged: ", what, " of ", size,
         " bytes at offset ", offset, " exceeds the image's ", bytes.size());
}

// Checks a cubin, a 64-bit ELF file: https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html.
void check_cubin(Bytes bytes) {
  constexpr std::size_t kClass = 4, kHeaderSize = 64, kSectionSize = 64, kProgramSize = 56;
  constexpr std::uint32_t kNoBits = 8;
  if (bytes.size() < kHeaderSize || bytes[kClass] != std::byte{2})
    fail(NXS_InvalidBinary, "the image is not a complete 64-bit ELF file");
  const auto programs = number_at<std::uint64_t>(bytes, 32),
             sections = number_at<std::uint64_t>(bytes, 40);
  const auto program_size = number_at<std::uint16_t>(bytes, 54),
             program_count = number_at<std::uint16_t>(bytes, 56),
             section_size = number_at<std::uint16_t>(bytes, 58),
             section_count = number_at<std::uint16_t>(bytes, 60);
  if ((program_count && program_size != kProgramSize) ||
      (section_count && section_size != kSectionSize) || section_count == 0)
    fail(NXS_InvalidBinary, "the image's tables have entries of ", program_size, " and ",
         section_size, " bytes, unlike those of a cubin");
  require_inside(bytes, programs, std::uint64_t{program_count} * kProgramSize, "a table");
  require_inside(bytes, sections, std::uint64_t{section_count} * kSectionSize, "a table");
  for (std::size_t i = 0; i < section_count; ++i) {
    const Bytes section = bytes.subspan(sections + i * kSectionSize, kSectionSize);
    if (number_at<std::uint32_t>(section, 4) != kNoBits)
      require_inside(bytes, number_at<std::uint64_t>(section, 24),
                     number_at<std::uint64_t>(section, 32), "a section");
  }
}

// Checks a fat binary: a header of at least 16 bytes with its own size and the size of what
// follows, then entries of the same form, each an image for one architecture.
void check_fatbin(Bytes bytes) {
  const auto header = number_at<std::uint16_t>(bytes, 6);
  const auto body = number_at<std::uint64_t>(bytes, 8);
  require_inside(bytes, header, body, "the fat binary");
  for (std::uint64_t at = header; at < header + body;) {
    const auto entry_header = number_at<std::uint32_t>(bytes, at + 4);
    const auto entry_size = number_at<std::uint64_t>(bytes, at + 8);
    if (entry_header == 0) fail(NXS_InvalidBinary, "the fat binary has an entry without a header");
    require_inside(bytes, at, entry_header, "an entry");
    require_inside(bytes, at + entry_header, entry_size, "an entry");
    at += entry_header + entry_size;
  }
}

// Whether a line begins with the word, ignoring leading blanks.
bool has_line(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const std::size_t before = text.find_last_not_of(" \t", at ? at - 1 : 0);
    if (at == 0 || before == text.npos || text[before] == '\n') return true;
  }
  return false;
}

}  // namespace

Image read_image(std::span<const std::byte> bytes, const std::string &path, int capability) {
  std::string data(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  if (begins_with(bytes, "\177ELF")) {
    check_cubin(bytes);
    return {std::move(data), "cubin", {}, {}};
  }
  const auto magic = bytes.size() < sizeof kFatbin ? 0 : number_at<std::uint32_t>(bytes, 0);
  if (magic == kFatbin) {
    check_fatbin(bytes);
    return {std::move(data), "fatbin", {}, {}};
  }
  if (magic == kFatbinWrapper)
    fail(NXS_InvalidBinary,
         "the image is the structure that points to a fat binary; pass the fat binary itself");
  // Text may end in NULs.
  data.resize(data.find_last_not_of('\0') + 1);
  if (!is_text(data))
    fail(NXS_InvalidBinary, path.empty() ? "the image" : "'" + path + "'",
         " is neither a cubin, nor a fat binary, nor text");
  if (has_line(data, ".version") && has_line(data, ".target")) {
    Kernels kernels = declared_kernels(data);
    return {std::move(data), "ptx", {}, std::move(kernels)};
  }
  return compile(data, path.empty() ? "source.cu" : path, capability);
}

}  // namespace nexus::cuda
