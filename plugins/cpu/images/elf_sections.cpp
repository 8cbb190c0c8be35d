// Section headers describe a second time what the program headers and the dynamic section say. The
// loader does not read them, so a file that contradicts itself would be mapped wrongly, or would
// have the wrong addresses called when it is loaded and unloaded, and end the process.
#if defined(__ELF__)
#include <algorithm>
#include <utility>

#include "images/elf_file.hpp"

namespace nexus::cpu {
namespace {

bool is_loaded(const ElfFile::Section &section) {
  return (section.sh_flags & SHF_ALLOC) && section.sh_size && section.sh_type != SHT_NOBITS;
}

}  // namespace

void ElfFile::check_sections() const {
  if (sections_.empty()) return;
  for (const Section &section : sections_)
    if (is_loaded(section)) check_mapping(section);
  check_table(SHT_DYNSYM, DT_SYMTAB, {});
  for (const auto &[type, tag] : {std::pair{SHT_GNU_versym, DT_VERSYM},
                                  {SHT_GNU_verneed, DT_VERNEED},
                                  {SHT_GNU_verdef, DT_VERDEF}})
    check_table(static_cast<std::uint32_t>(type), tag, {});
  check_table(SHT_INIT_ARRAY, DT_INIT_ARRAY, DT_INIT_ARRAYSZ);
  check_table(SHT_FINI_ARRAY, DT_FINI_ARRAY, DT_FINI_ARRAYSZ);
  for (const Tag tag : {Tag{DT_INIT}, Tag{DT_FINI}})
    if (const auto address = value(tag); address && !is_function(*address))
      reject("no function is at the address ", *address, " of dynamic entry ", tag);
}

// A section lies in a segment that maps its content to its addresses, with its rights.
void ElfFile::check_mapping(const Section &section) const {
  const auto maps = [&](const Segment &segment) {
    const std::uint64_t before = section.sh_addr - segment.p_vaddr;
    return section.sh_addr >= segment.p_vaddr && before <= segment.p_filesz &&
           section.sh_size <= segment.p_filesz - before &&
           section.sh_offset - segment.p_offset == before && (segment.p_flags & PF_R) &&
           (!(section.sh_flags & SHF_WRITE) || (segment.p_flags & PF_W)) &&
           (!(section.sh_flags & SHF_EXECINSTR) || (segment.p_flags & PF_X));
  };
  if (std::none_of(loaded_.begin(), loaded_.end(), maps))
    reject("no segment maps the section at ", section.sh_addr, " with the rights it needs");
  if (section.sh_type != SHT_RELA) return;
  const auto holds = [&](Tag address, Tag size) {
    const std::uint64_t begin = value(address).value_or(0);
    return begin && section.sh_addr >= begin &&
           section.sh_addr + section.sh_size <= begin + value(size).value_or(0);
  };
  if (!holds(DT_RELA, DT_RELASZ) && !holds(DT_JMPREL, DT_PLTRELSZ))
    reject("its dynamic section does not cover the relocations at ", section.sh_addr);
}

// The dynamic entries for the address and the size of a table agree with a section of its type.
void ElfFile::check_table(std::uint32_t type, Tag address, std::optional<Tag> size) const {
  const auto agrees = [&](const Section &section) {
    return section.sh_addr == value(address) && (!size || section.sh_size == value(*size));
  };
  bool expected = value(address).has_value(), found = false;
  for (const Section &section : sections_) {
    if (section.sh_type != type || !is_loaded(section)) continue;
    expected = true;
    found |= agrees(section);
  }
  if (expected && !found)
    reject("its dynamic entry ", address, " and its section headers contradict each other");
}

// Whether an address of code is that of a function that the linker may have found by its name: one
// that is not static, or that begins a section, as the C library's own do. Where the table of all
// symbols was stripped, any address of code passes.
bool ElfFile::is_function(std::uint64_t address) const {
  bool in_code = false, begins_section = false;
  const Section *static_symbols = nullptr;
  for (const Section &section : sections_) {
    if (section.sh_type == SHT_SYMTAB) static_symbols = &section;
    if (!(section.sh_flags & SHF_EXECINSTR)) continue;
    begins_section |= section.sh_addr == address;
    in_code |= address - section.sh_addr < section.sh_size;
  }
  if (!in_code || !static_symbols) return in_code;
  const auto symbols = table<Symbol>(static_symbols->sh_offset,
                                     static_symbols->sh_size / sizeof(Symbol), "symbol table");
  return std::any_of(symbols.begin(), symbols.end(), [&](const Symbol &symbol) {
    const auto type = symbol.st_info & 0xf;
    const bool is_static = symbol.st_info >> 4 == STB_LOCAL && (symbol.st_other & 3) == STV_DEFAULT;
    return symbol.st_value == address && (type == STT_FUNC || type == STT_NOTYPE) &&
           (begins_section || !is_static);
  });
}

}  // namespace nexus::cpu
#endif
