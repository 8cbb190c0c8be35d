#include "images/device_elf.hpp"

#include <nexus-sdk/objects/image.hpp>

#include <algorithm>

namespace nexus::gpu {
namespace {

constexpr std::size_t kHeaderSize = 64, kSectionSize = 64, kSegmentSize = 56, kNoteSize = 12;
// The ELF file has words of 64 bits, with the lowest byte first.
constexpr std::string_view kMagic = "\177ELF\2\1";
// A section that takes no space in the file.
constexpr std::uint32_t kNoBits = 8;

// Owners and contents of notes begin at multiples of 4.
constexpr std::uint64_t padded(std::uint32_t size) { return (std::uint64_t{size} + 3) / 4 * 4; }

}  // namespace

DeviceElf::DeviceElf(Bytes bytes) {
  if (bytes.size() < kHeaderSize || !begins_with(bytes, kMagic))
    fail(NXS_InvalidBinary, "the image is not a complete 64-bit ELF file");
  os_abi = number_at<std::uint8_t>(bytes, 7);
  abi_version = number_at<std::uint8_t>(bytes, 8);
  type = number_at<std::uint16_t>(bytes, 16);
  machine = number_at<std::uint16_t>(bytes, 18);
  flags = number_at<std::uint32_t>(bytes, 48);
  const auto segment_size = number_at<std::uint16_t>(bytes, 54),
             segment_count = number_at<std::uint16_t>(bytes, 56),
             section_size = number_at<std::uint16_t>(bytes, 58),
             section_count = number_at<std::uint16_t>(bytes, 60);
  if ((segment_count && segment_size != kSegmentSize) || section_size != kSectionSize ||
      section_count == 0)
    fail(NXS_InvalidBinary, "the image has ", segment_count, " segments described by ",
         segment_size, " bytes and ", section_count, " sections described by ", section_size,
         ", unlike a vendor's compiler makes them");
  const Bytes segment_table = part_of(bytes, number_at<std::uint64_t>(bytes, 32),
                                      segment_count * kSegmentSize, "a table"),
              section_table = part_of(bytes, number_at<std::uint64_t>(bytes, 40),
                                      section_count * kSectionSize, "a table");
  for (std::size_t at = 0; at < segment_table.size(); at += kSegmentSize) {
    const Bytes one = segment_table.subspan(at, kSegmentSize);
    segments.push_back({number_at<std::uint32_t>(one, 0),
                        part_of(bytes, number_at<std::uint64_t>(one, 8),
                                number_at<std::uint64_t>(one, 32), "a segment")});
  }
  for (std::size_t at = 0; at < section_table.size(); at += kSectionSize) {
    const Bytes one = section_table.subspan(at, kSectionSize);
    if (number_at<std::uint32_t>(one, 4) != kNoBits)
      part_of(bytes, number_at<std::uint64_t>(one, 24), number_at<std::uint64_t>(one, 32),
              "a section");
  }
}

std::vector<ElfNote> notes_of(const DeviceElf &elf) {
  std::vector<ElfNote> notes;
  for (const DeviceElf::Segment &segment : elf.segments) {
    if (segment.type != DeviceElf::kNotes) continue;
    for (Bytes rest = segment.content; !rest.empty();) {
      const auto owner_size = number_at<std::uint32_t>(rest, 0),
                 content_size = number_at<std::uint32_t>(rest, 4),
                 type = number_at<std::uint32_t>(rest, 8);
      const std::uint64_t content = kNoteSize + padded(owner_size);
      const std::string_view owner =
          text_of(part_of(rest, kNoteSize, owner_size, "a note's owner"));
      notes.push_back({owner.substr(0, owner.find('\0')), type,
                       part_of(rest, content, content_size, "a note")});
      // The last one need not be padded.
      rest = rest.subspan(std::min<std::uint64_t>(content + padded(content_size), rest.size()));
    }
  }
  return notes;
}

}  // namespace nexus::gpu
