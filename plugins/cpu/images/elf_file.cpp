#if defined(__ELF__)
#include "images/elf_file.hpp"

#include <unistd.h>

#include <algorithm>

namespace nexus::cpu {
namespace {

#if defined(__x86_64__)
constexpr auto kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr auto kMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr auto kMachine = EM_RISCV;
#else
#error "add the ELF machine number of this architecture"
#endif
constexpr auto kClass = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
constexpr auto kByteOrder = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;

}  // namespace

ElfFile::ElfFile(std::span<const std::byte> bytes, const std::string &name)
    : bytes_(bytes), name_(name) {
  check_header();
  const auto header = at<Header>(0, "header");
  std::optional<Segment> dynamic;
  for (const Segment &segment :
       table<Segment>(header.e_phoff, header.e_phnum, "program header table")) {
    check_range(segment.p_offset, segment.p_filesz, "content");
    if (segment.p_type == PT_LOAD) {
      // The loader fills the difference with zeros, over code or constants.
      if (!(segment.p_flags & PF_W) && segment.p_memsz != segment.p_filesz)
        reject("its read-only segment at ", segment.p_vaddr, " has ", segment.p_memsz,
               " bytes in memory and ", segment.p_filesz, " in the file");
      loaded_.push_back(segment);
    }
    if (segment.p_type == PT_DYNAMIC) dynamic = segment;
    if (segment.p_type == PT_GNU_RELRO) check_relro(segment);
  }
  if (header.e_shoff)
    sections_ = table<Section>(header.e_shoff, header.e_shnum, "section header table");
  if (!dynamic) reject("it has no dynamic section");
  read_dynamic(*dynamic);
  check_sections();
}

void ElfFile::check_range(std::uint64_t offset, std::uint64_t size, const char *what) const {
  if (offset > bytes_.size() || size > bytes_.size() - offset)
    reject("its ", what, " lies beyond the end of the file at ", bytes_.size(),
           " bytes; it may be truncated");
}

void ElfFile::check_header() const {
  const auto header = at<Header>(0, "header");
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) reject("it is not an ELF file");
  if (header.e_ident[EI_CLASS] != kClass || header.e_machine != kMachine)
    reject("it is for another machine (ELF machine ", header.e_machine, ")");
  if (header.e_ident[EI_DATA] != kByteOrder) reject("it has the other byte order");
  if (header.e_type != ET_DYN)
    reject("it is not a shared object (ELF type ", header.e_type, "); link it with -shared");
  if (header.e_phentsize != sizeof(Segment))
    reject("its program headers have ", header.e_phentsize, " bytes each");
}

// What becomes read-only by mistake ends the process when it is written to: memory beyond the
// segment, and variables that follow in it.
void ElfFile::check_relro(const Segment &relro) const {
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  for (const Segment &segment : loaded_) {
    const std::uint64_t before = relro.p_vaddr - segment.p_vaddr;
    const std::uint64_t end = segment.p_vaddr + segment.p_memsz;
    const std::uint64_t room = end + (page - end % page) % page - segment.p_vaddr;
    const bool is_last = before + relro.p_filesz == segment.p_filesz;
    if ((segment.p_flags & PF_W) && before <= room && relro.p_memsz <= room - before &&
        relro.p_offset - segment.p_offset == before && (is_last || relro.p_memsz <= relro.p_filesz))
      return;
  }
  reject("its part to be made read-only does not fit a segment");
}

void ElfFile::read_dynamic(const Segment &segment) {
  dynamic_ =
      table<Dynamic>(segment.p_offset, segment.p_filesz / sizeof(Dynamic), "dynamic section");
  const auto end = std::find_if(dynamic_.begin(), dynamic_.end(),
                                [](const Dynamic &entry) { return entry.d_tag == DT_NULL; });
  dynamic_.erase(end, dynamic_.end());
  const auto address = value(DT_STRTAB), size = value(DT_STRSZ);
  if (!address || !size) reject("it has no string table");
  const std::uint64_t offset = offset_of(*address);
  check_range(offset, *size, "string table");
  strings_ = {reinterpret_cast<const char *>(bytes_.data() + offset), *size};
}

std::optional<std::uint64_t> ElfFile::value(Tag tag) const {
  std::optional<std::uint64_t> found;
  for (const Dynamic &entry : dynamic_)
    if (entry.d_tag == tag) found = entry.d_un.d_val;
  return found;
}

std::uint64_t ElfFile::offset_of(std::uint64_t address) const {
  for (const Segment &segment : loaded_)
    if (address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz)
      return segment.p_offset + (address - segment.p_vaddr);
  reject("the address ", address, " of a dynamic table is in no segment");
}

std::vector<ElfFile::Symbol> ElfFile::symbols() const {
  const std::uint64_t count = count_symbols();
  const auto address = value(DT_SYMTAB);
  if (!address || !count) return {};
  return table<Symbol>(offset_of(*address), count, "symbol table");
}

std::string_view ElfFile::string_at(std::uint64_t offset) const {
  if (offset >= strings_.size()) return {};
  const std::string_view text = strings_.substr(offset);
  return text.substr(0, text.find('\0'));
}

std::string_view ElfFile::symbol_name(const Symbol &symbol) const {
  return string_at(symbol.st_name);
}

bool ElfFile::names_its_folder() const {
  return std::any_of(dynamic_.begin(), dynamic_.end(), [&](const Dynamic &entry) {
    const Tag tag = entry.d_tag;
    if (tag != DT_RPATH && tag != DT_RUNPATH && tag != DT_NEEDED && tag != DT_FILTER &&
        tag != DT_AUXILIARY)
      return false;
    const std::string_view text = string_at(entry.d_un.d_val);
    return text.find("$ORIGIN") != text.npos || text.find("${ORIGIN}") != text.npos;
  });
}

// The dynamic section holds no count of symbols; the hash tables that the loader searches imply it.
std::uint64_t ElfFile::count_symbols() const {
  constexpr const char *kWhat = "hash table";
  using Entry = std::uint32_t;
  if (const auto address = value(DT_HASH))
    return at<Entry>(offset_of(*address) + sizeof(Entry), kWhat);
  const auto address = value(DT_GNU_HASH);
  if (!address) return 0;
  const std::uint64_t begin = offset_of(*address);
  const auto head = table<Entry>(begin, 4, kWhat);
  const std::uint64_t bucket_count = head[0], first = head[1], bloom_words = head[2];
  const std::uint64_t buckets = begin + sizeof(Entry) * 4 + sizeof(ElfW(Addr)) * bloom_words;
  const std::uint64_t chains = buckets + sizeof(Entry) * bucket_count;
  const auto heads = table<Entry>(buckets, bucket_count, kWhat);
  std::uint64_t last = heads.empty() ? 0 : *std::max_element(heads.begin(), heads.end());
  if (last < first) return first;
  // The chain of the last bucket ends at the last symbol, whose entry has its lowest bit set.
  while (!(at<Entry>(chains + (last - first) * sizeof(Entry), kWhat) & 1)) ++last;
  return last + 1;
}

}  // namespace nexus::cpu
#endif
