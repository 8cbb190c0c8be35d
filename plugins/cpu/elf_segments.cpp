#if defined(__ELF__)
#include "elf_segments.hpp"

#include <unistd.h>

#include <bit>
#include <limits>
#include <set>

namespace nexus::cpu::elf {
namespace {

// Beyond this a library's thread-local variables are taken for damage: the loader ends the process
// when it finds no memory for them.
constexpr std::uint64_t kMaxThreadLocal = 16 << 20;

std::uint64_t page_below(std::uint64_t address) {
  return address & ~(static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) - 1);
}
std::uint64_t page_above(std::uint64_t address) {
  return page_below(address + static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) - 1);
}

// Names of the parts of segments that the loader or an unwinder reads; NULL for others.
const char *part_name(std::uint64_t type) {
  switch (type) {
    case PT_DYNAMIC: return "dynamic section";
    case PT_PHDR: return "table of program headers";
    case PT_TLS: return "image of thread-local variables";
    case PT_NOTE: return "note";
    case PT_GNU_EH_FRAME: return "unwinding table";
    case PT_GNU_RELRO: return "part to be made read-only";
    case PT_GNU_PROPERTY: return "list of properties";
    default: return nullptr;
  }
}

// Whether a range of the file is content of a segment, at the addresses that go with it.
bool has_content(const Segment &segment, std::uint64_t address, std::uint64_t offset,
                 std::uint64_t size) {
  return address >= segment.p_vaddr && address - segment.p_vaddr <= segment.p_filesz &&
         size <= segment.p_filesz - (address - segment.p_vaddr) &&
         offset - segment.p_offset == address - segment.p_vaddr;
}

}  // namespace

Segments::Segments(const Reader &reader, const Header &header) : reader_(reader) {
  const auto all = reader.table<Segment>(header.e_phoff, header.e_phnum, "program headers");
  for (const Segment &segment : all)
    if (segment.p_type == PT_LOAD) add_loaded(segment);
  std::set<std::uint64_t> seen;
  for (const Segment &part : all) {
    if (!part_name(part.p_type)) continue;
    if (!seen.insert(part.p_type).second && part.p_type != PT_NOTE)
      reader.reject("it has more than one ", part_name(part.p_type));
    check_part(part, header);
    if (part.p_type == PT_DYNAMIC) dynamic_ = part;
  }
  if (!dynamic_.p_filesz) reader.reject("it has no dynamic section");

  if (header.e_shnum && header.e_shentsize != sizeof(Section))
    reader.reject("its section headers have a wrong size");
  sections_ = reader.table<Section>(header.e_shoff, header.e_shnum, "section headers");
  for (const Section &section : sections_) check_section(section);
}

void Segments::add_loaded(const Segment &segment) {
  reader_.check_range(segment.p_offset, segment.p_filesz, "content");
  if (segment.p_filesz > segment.p_memsz)
    reader_.reject("a segment is larger in the file than in memory");
  // The loader would zero the rest, in the middle of code or constants.
  if (!(segment.p_flags & PF_W) && segment.p_filesz != segment.p_memsz)
    reader_.reject("a read-only segment is larger in memory than in the file");
  if (!(segment.p_flags & PF_R)) reader_.reject("a segment is not readable");
  if (!std::has_single_bit(segment.p_align) ||
      (segment.p_vaddr - segment.p_offset) % segment.p_align)
    reader_.reject("the place of a segment does not fit its alignment of ", segment.p_align);
  constexpr std::uint64_t kMost = std::numeric_limits<Word>::max() / 2;
  if (segment.p_vaddr > kMost || segment.p_memsz > kMost - segment.p_vaddr)
    reader_.reject("a segment of ", segment.p_memsz, " bytes at ", segment.p_vaddr,
                   " is beyond all memory");
  if (!loaded_.empty() &&
      page_below(segment.p_vaddr) < page_above(loaded_.back().p_vaddr + loaded_.back().p_memsz))
    reader_.reject("its segments overlap or are not in order");
  loaded_.push_back(segment);
}

void Segments::check_part(const Segment &part, const Header &header) const {
  const char *const name = part_name(part.p_type);
  const auto reject = [&](const auto &...reason) { reader_.reject("its ", name, reason...); };
  if (part.p_filesz > part.p_memsz) reject(" is larger in the file than in memory");
  if (part.p_type == PT_TLS) {
    if (part.p_memsz > kMaxThreadLocal || part.p_align > kMaxThreadLocal ||
        (part.p_align && !std::has_single_bit(part.p_align)))
      reject(" has ", part.p_memsz, " bytes and an alignment of ", part.p_align);
  }
  if (part.p_filesz == 0 && part.p_type != PT_GNU_RELRO) return;
  const Segment *loaded = nullptr;
  for (const Segment &segment : loaded_)
    if (has_content(segment, part.p_vaddr, part.p_offset, part.p_filesz)) loaded = &segment;
  if (!loaded) reject(" is in no segment");
  if (part.p_type == PT_GNU_RELRO)
    check_relro(part, *loaded);
  else if (part.p_type != PT_TLS && part.p_memsz != part.p_filesz)
    reject(" is larger in memory than in the file");
  if (part.p_type == PT_PHDR &&
      (part.p_offset != header.e_phoff || part.p_filesz != header.e_phnum * sizeof(Segment)))
    reject(" is elsewhere than the header says");
}

// Variables that become read-only by mistake end the process when they are written to.
void Segments::check_relro(const Segment &relro, const Segment &loaded) const {
  const std::uint64_t end = relro.p_vaddr + relro.p_memsz;
  const bool ends_with_content = relro.p_vaddr + relro.p_filesz == loaded.p_vaddr + loaded.p_filesz;
  if (relro.p_memsz > loaded.p_memsz + static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) ||
      end > page_above(loaded.p_vaddr + loaded.p_memsz) ||
      (relro.p_memsz > relro.p_filesz && !ends_with_content))
    reader_.reject("its ", part_name(PT_GNU_RELRO), " is larger than its segment");
}

void Segments::check_section(const Section &section) const {
  const bool empty = section.sh_type == SHT_NOBITS;
  // Room for thread-local variables is none of the segments'.
  if (!(section.sh_flags & SHF_ALLOC) || !section.sh_size ||
      (empty && (section.sh_flags & SHF_TLS)))
    return;
  const Segment *const segment = find(section.sh_addr, section.sh_size);
  if (!segment ||
      (!empty && !has_content(*segment, section.sh_addr, section.sh_offset, section.sh_size)))
    reader_.reject("the section at ", section.sh_addr, " is in no segment");
  if (((section.sh_flags & SHF_WRITE) && !(segment->p_flags & PF_W)) ||
      ((section.sh_flags & SHF_EXECINSTR) && !(segment->p_flags & PF_X)))
    reader_.reject("the section at ", section.sh_addr, " is in a segment of fewer rights");
}

const Segment *Segments::find(std::uint64_t address, std::uint64_t size) const {
  for (const Segment &segment : loaded_)
    if (address >= segment.p_vaddr && address - segment.p_vaddr <= segment.p_memsz &&
        size <= segment.p_memsz - (address - segment.p_vaddr))
      return &segment;
  return nullptr;
}

bool Segments::has_code(std::uint64_t address) const {
  const Segment *const segment = find(address, 1);
  return segment && (segment->p_flags & PF_X);
}

std::uint64_t Segments::offset(std::uint64_t address, std::uint64_t size, const char *what) const {
  for (const Segment &segment : loaded_) {
    const std::uint64_t offset = segment.p_offset + (address - segment.p_vaddr);
    if (has_content(segment, address, offset, size)) return offset;
  }
  reader_.reject("its ", what, " is in no segment");
}

}  // namespace nexus::cpu::elf
#endif
