#if defined(__ELF__)
#include <elf.h>
#include <link.h>

#include <nexus-sdk/error.hpp>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "image.hpp"

namespace nexus::cpu {
namespace {

using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);
using Section = ElfW(Shdr);
using Dynamic = ElfW(Dyn);
using Symbol = ElfW(Sym);

#if defined(__x86_64__)
constexpr auto kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr auto kMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr auto kMachine = EM_RISCV;
#else
#error "name the machine's ELF number here"
#endif
constexpr auto kClass = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;

// Reads structures out of the bytes; whatever lies outside of them is an error.
class Reader {
 public:
  Reader(std::span<const std::byte> bytes, const std::string &name) : bytes_(bytes), name_(name) {}

  template <class... Parts>
  [[noreturn]] void reject(const Parts &...parts) const {
    fail(NXS_InvalidBinary, name_, " is no kernel library: ", parts...);
  }

  void check_range(std::uint64_t offset, std::uint64_t size, const char *what) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset)
      reject("its ", what, " lies beyond its end at ", bytes_.size(),
             " bytes; it may be truncated");
  }

  template <class T>
  T at(std::uint64_t offset, const char *what) const {
    check_range(offset, sizeof(T), what);
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }

  template <class T>
  std::vector<T> table(std::uint64_t offset, std::uint64_t count, const char *what) const {
    if (count > bytes_.size() / sizeof(T)) reject("its ", what, " has ", count, " entries");
    check_range(offset, count * sizeof(T), what);
    std::vector<T> values(count);
    if (count) std::memcpy(values.data(), bytes_.data() + offset, count * sizeof(T));
    return values;
  }

  std::string_view text(std::uint64_t offset, const char *what) const {
    check_range(offset, 1, what);
    const auto *begin = reinterpret_cast<const char *>(bytes_.data() + offset);
    const std::size_t left = bytes_.size() - offset;
    const std::size_t length = strnlen(begin, left);
    if (length == left) reject("a name in its ", what, " does not end");
    return {begin, length};
  }

 private:
  const std::span<const std::byte> bytes_;
  const std::string &name_;
};

Header read_header(const Reader &reader) {
  const auto header = reader.at<Header>(0, "header");
  if (header.e_ident[EI_CLASS] != kClass || header.e_machine != kMachine)
    reader.reject("it is for another machine (ELF machine ", header.e_machine, ")");
  if (header.e_ident[EI_DATA] !=
      (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB))
    reader.reject("it has the other byte order");
  if (header.e_type != ET_DYN)
    reader.reject("it is no shared object (ELF type ", header.e_type, "); link it with -shared");
  if (header.e_phentsize != sizeof(Segment)) reader.reject("its program headers have a wrong size");
  return header;
}

// The dynamic section by way of the program headers, since the section headers may be stripped.
// Tags that hold addresses are mapped to offsets in the file by the loadable segments.
class DynamicInfo {
 public:
  DynamicInfo(const Reader &reader, const Header &header)
      : segments_(reader.table<Segment>(header.e_phoff, header.e_phnum, "program headers")) {
    std::optional<Segment> dynamic;
    for (const Segment &segment : segments_) {
      if (segment.p_type == PT_LOAD || segment.p_type == PT_DYNAMIC)
        reader.check_range(segment.p_offset, segment.p_filesz, "content");
      if (segment.p_type == PT_LOAD && segment.p_filesz > segment.p_memsz)
        reader.reject("a segment is larger in the file than in memory");
      if (segment.p_type == PT_DYNAMIC) dynamic = segment;
    }
    if (!dynamic) reader.reject("it has no dynamic section");
    entries_ = reader.table<Dynamic>(dynamic->p_offset, dynamic->p_filesz / sizeof(Dynamic),
                                     "dynamic section");
  }

  std::optional<std::uint64_t> value(decltype(Dynamic::d_tag) tag) const {
    for (const Dynamic &entry : entries_) {
      if (entry.d_tag == DT_NULL) break;
      if (entry.d_tag == tag) return entry.d_un.d_val;
    }
    return {};
  }

  std::uint64_t offset(const Reader &reader, decltype(Dynamic::d_tag) tag, const char *what) const {
    const auto address = value(tag);
    if (!address) reader.reject("it has no ", what);
    for (const Segment &segment : segments_)
      if (segment.p_type == PT_LOAD && *address >= segment.p_vaddr &&
          *address - segment.p_vaddr < segment.p_filesz)
        return segment.p_offset + (*address - segment.p_vaddr);
    reader.reject("its ", what, " is in no segment");
  }

 private:
  std::vector<Segment> segments_;
  std::vector<Dynamic> entries_;
};

// The dynamic section gives no count of symbols. The hash tables that the loader uses do.
std::uint64_t count_symbols(const Reader &reader, const DynamicInfo &dynamic) {
  if (dynamic.value(DT_HASH))
    return reader.at<std::uint32_t>(
        dynamic.offset(reader, DT_HASH, "hash table") + sizeof(std::uint32_t), "hash table");
  const std::uint64_t table = dynamic.offset(reader, DT_GNU_HASH, "hash table");
  const auto head = reader.table<std::uint32_t>(table, 4, "hash table");
  const std::uint64_t buckets = head[0], first = head[1], bloom_words = head[2];
  const std::uint64_t bucket_table =
      table + 4 * sizeof(std::uint32_t) + bloom_words * sizeof(ElfW(Addr));
  std::uint64_t last = 0;
  for (const std::uint32_t bucket :
       reader.table<std::uint32_t>(bucket_table, buckets, "hash table"))
    last = std::max<std::uint64_t>(last, bucket);
  if (last < first) return first;
  // The chain of the last bucket ends at the last symbol, whose entry has its lowest bit set.
  const std::uint64_t chains = bucket_table + buckets * sizeof(std::uint32_t);
  while (!(reader.at<std::uint32_t>(chains + (last - first) * sizeof(std::uint32_t), "hash table") &
           1))
    ++last;
  return last + 1;
}

}  // namespace

bool is_image(std::span<const std::byte> bytes) {
  return bytes.size() >= SELFMAG && std::memcmp(bytes.data(), ELFMAG, SELFMAG) == 0;
}

Image read_image(std::span<const std::byte> bytes, const std::string &name) {
  const Reader reader(bytes, name);
  if (!is_image(bytes)) reader.reject("it does not begin like an ELF file");
  const Header header = read_header(reader);
  if (header.e_shnum) reader.table<Section>(header.e_shoff, header.e_shnum, "section headers");
  const DynamicInfo dynamic(reader, header);
  const std::uint64_t names = dynamic.offset(reader, DT_STRTAB, "string table");
  const std::uint64_t symbols = dynamic.offset(reader, DT_SYMTAB, "symbol table");
  reader.check_range(names, dynamic.value(DT_STRSZ).value_or(0), "string table");

  Image image;
  for (const Symbol &symbol :
       reader.table<Symbol>(symbols, count_symbols(reader, dynamic), "symbol table")) {
    const std::string_view text = reader.text(names + symbol.st_name, "string table");
    const auto type = symbol.st_info & 0xf;
    if (symbol.st_shndx == SHN_UNDEF)
      image.needs_barrier |= text == "_cpu_barrier";
    else if (type == STT_FUNC || type == STT_OBJECT || type == STT_GNU_IFUNC)
      image.symbols.emplace(text);
  }
  return image;
}

}  // namespace nexus::cpu
#endif
