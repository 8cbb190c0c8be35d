// The 64-bit ELF files that vendors' compilers make for their devices.
// https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
#pragma once

#include <nexus-sdk/objects/byte_ranges.hpp>

#include <vector>

namespace nexus::gpu {
using namespace sdk;

struct DeviceElf {
  // Fails with NXS_InvalidBinary unless all that its tables list lies within the bytes.
  explicit DeviceElf(Bytes bytes);

  std::uint8_t os_abi, abi_version;
  std::uint16_t type, machine;
  std::uint32_t flags;

  static constexpr std::uint32_t kNotes = 4;
  struct Segment {
    std::uint32_t type;
    Bytes content;
  };
  std::vector<Segment> segments;
};

// An entry of a segment of notes.
struct ElfNote {
  std::string_view owner;
  std::uint32_t type;
  Bytes content;
};

// The notes of a file. Fails with NXS_InvalidBinary if one exceeds its segment.
std::vector<ElfNote> notes_of(const DeviceElf &elf);

}  // namespace nexus::gpu
