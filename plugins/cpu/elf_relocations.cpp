#if defined(__ELF__)
#include <algorithm>
#include <set>

#include "elf_dynamic.hpp"

// Since version 2.36 of the GNU C library's elf.h.
#ifndef DT_RELR
#define DT_RELRSZ 35
#define DT_RELR 36
#define DT_RELRENT 37
#endif

namespace nexus::cpu::elf {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kRelative = R_X86_64_RELATIVE, kIndirect = R_X86_64_IRELATIVE,
                        kCopy = R_X86_64_COPY, kDescriptor = R_X86_64_TLSDESC;
#elif defined(__aarch64__)
constexpr std::uint32_t kRelative = R_AARCH64_RELATIVE, kIndirect = R_AARCH64_IRELATIVE,
                        kCopy = R_AARCH64_COPY, kDescriptor = R_AARCH64_TLSDESC;
#elif defined(__riscv)
// As the psABI numbers them; not every elf.h has the last two.
constexpr std::uint32_t kRelative = R_RISCV_RELATIVE, kIndirect = 58, kCopy = R_RISCV_COPY,
                        kDescriptor = 12;
#endif

constexpr bool k64 = sizeof(Word) == 8;
std::uint32_t type_of(const Relocation &entry) {
  return static_cast<std::uint32_t>(k64 ? entry.r_info & 0xffffffff : entry.r_info & 0xff);
}
std::uint64_t symbol_of(const Relocation &entry) { return entry.r_info >> (k64 ? 32 : 8); }

// What the loader writes when it relocates, and what it calls then.
class Relocations {
 public:
  explicit Relocations(const DynamicSection &dynamic)
      : dynamic_(dynamic),
        any_segment_(dynamic.value(DT_TEXTREL) ||
                     (dynamic.value(DT_FLAGS).value_or(0) & DF_TEXTREL)) {
    const auto main = dynamic.table(DT_RELA, DT_RELASZ, sizeof(Relocation), kWhat);
    const auto calls = dynamic.table(DT_JMPREL, DT_PLTRELSZ, sizeof(Relocation), kWhat);
    add(main);
    add(calls);
    check_relative_count(main);
    add_packed(dynamic.table(DT_RELR, DT_RELRSZ, sizeof(Word), kWhat));
    check_sections(main, calls);
  }

  // Fails unless each entry of an array of functions becomes the address of one.
  void check_functions(Tag address, Tag size) const {
    const auto table = dynamic_.table(address, size, sizeof(Word), "array of functions");
    for (std::uint64_t i = 0; i < table.count; ++i)
      if (!code_.contains(table.address + i * sizeof(Word)))
        dynamic_.reader.reject("its array of functions ", address, " lists what is none");
  }

 private:
  static constexpr const char *kWhat = "table of relocations";

  void check_target(std::uint64_t address, std::uint64_t size) const {
    const Segment *const segment = dynamic_.segments.find(address, size);
    if (!segment || !(any_segment_ || (segment->p_flags & PF_W)))
      dynamic_.reader.reject("it has a relocation of ", address, ", which cannot be written to");
  }

  void add(const DynamicSection::Table &table) {
    const Reader &reader = dynamic_.reader;
    for (const auto &entry : reader.table<Relocation>(table.offset, table.count, kWhat)) {
      const std::uint32_t type = type_of(entry);
      if (type == 0) continue;
      check_target(entry.r_offset, sizeof(Word) * (type == kDescriptor ? 2 : 1));
      if (type == kCopy) reader.reject("it has a relocation that only programs have");
      const auto addend = static_cast<Word>(entry.r_addend);
      const bool to_code = dynamic_.segments.has_code(addend);
      if (type == kIndirect && !to_code)
        reader.reject("it has a relocation by a function that is none");
      if (const std::uint64_t symbol = symbol_of(entry)) {
        dynamic_.symbol(symbol);
        code_.insert(entry.r_offset);
      } else if (type == kRelative && to_code) {
        code_.insert(entry.r_offset);
      }
    }
  }

  // The loader does not look at the type of so many at the front.
  void check_relative_count(const DynamicSection::Table &table) const {
    const std::uint64_t count = std::min(dynamic_.value(DT_RELACOUNT).value_or(0), table.count);
    for (const auto &entry : dynamic_.reader.table<Relocation>(table.offset, count, kWhat))
      if (type_of(entry) != kRelative)
        dynamic_.reader.reject("its count of relative relocations is too large");
  }

  // An even word is an address to be relocated; an odd one has a bit for each word that follows.
  void add_packed(const DynamicSection::Table &table) {
    if (table.count && dynamic_.value(DT_RELRENT) != sizeof(Word))
      dynamic_.reader.reject("its packed relocations have a wrong size");
    std::uint64_t next = 0;
    for (const Word word : dynamic_.reader.table<Word>(table.offset, table.count, kWhat)) {
      if (!(word & 1)) {
        add_relative(word);
        next = std::uint64_t{word} + sizeof(Word);
        continue;
      }
      for (unsigned bit = 1; bit < 8 * sizeof(Word); ++bit)
        if (word >> bit & 1) add_relative(next + (bit - 1) * sizeof(Word));
      next += (8 * sizeof(Word) - 1) * sizeof(Word);
    }
  }

  void add_relative(std::uint64_t address) {
    check_target(address, sizeof(Word));
    const std::uint64_t offset = dynamic_.segments.offset(address, sizeof(Word), "relocation");
    if (dynamic_.segments.has_code(dynamic_.reader.at<Word>(offset, kWhat))) code_.insert(address);
  }

  // What the linker wrote for the loader, and the loader would not find.
  void check_sections(const DynamicSection::Table &main, const DynamicSection::Table &calls) const {
    const auto lies_in = [](const Section &section, const DynamicSection::Table &table) {
      return section.sh_addr >= table.address &&
             section.sh_addr + section.sh_size <= table.address + table.count * sizeof(Relocation);
    };
    for (const Section &section : dynamic_.segments.sections())
      if (section.sh_type == SHT_RELA && (section.sh_flags & SHF_ALLOC) && section.sh_size &&
          !lies_in(section, main) && !lies_in(section, calls))
        dynamic_.reader.reject("its dynamic section leaves out relocations");
  }

  const DynamicSection &dynamic_;
  const bool any_segment_;
  // The addresses that become those of code, or of symbols.
  std::set<std::uint64_t> code_;
};

// Whether the linker took the function for one to be called at loading or unloading: such are not
// static, but for the C library's own, which have a section each. That is known unless the table of
// all symbols was stripped.
bool is_hook(const DynamicSection &dynamic, std::uint64_t address) {
  if (!dynamic.segments.has_code(address)) return false;
  const auto &sections = dynamic.segments.sections();
  const bool begins_section =
      std::any_of(sections.begin(), sections.end(),
                  [&](const Section &section) { return section.sh_addr == address; });
  bool stripped = true;
  for (const Section &section : sections) {
    if (section.sh_type != SHT_SYMTAB) continue;
    stripped = false;
    for (const auto &symbol : dynamic.reader.table<Symbol>(
             section.sh_offset, section.sh_size / sizeof(Symbol), "symbol table")) {
      const bool is_static = symbol.st_info >> 4 == STB_LOCAL && (symbol.st_other & 3) == 0;
      if ((symbol.st_info & 0xf) == STT_FUNC && symbol.st_value == address &&
          (begins_section || !is_static))
        return true;
    }
  }
  return stripped;
}

}  // namespace

void check_relocations(const DynamicSection &dynamic) {
  const Relocations relocations(dynamic);
  relocations.check_functions(DT_INIT_ARRAY, DT_INIT_ARRAYSZ);
  relocations.check_functions(DT_FINI_ARRAY, DT_FINI_ARRAYSZ);
  for (const Tag tag : {Tag{DT_INIT}, Tag{DT_FINI}}) {
    const auto function = dynamic.value(tag);
    if (function && !is_hook(dynamic, *function))
      dynamic.reader.reject("the function of its dynamic entry ", tag, " is none");
  }
}

}  // namespace nexus::cpu::elf
#endif
