#if defined(__ELF__)
#include "elf_dynamic.hpp"

#include <algorithm>
#include <bit>
#include <set>
#include <utility>

namespace nexus::cpu::elf {
namespace {

bool may_repeat(Tag tag) { return tag == DT_NEEDED || tag == DT_AUXILIARY || tag == DT_FILTER; }

bool is_name(Tag tag) {
  return may_repeat(tag) || tag == DT_SONAME || tag == DT_RPATH || tag == DT_RUNPATH;
}

}  // namespace

DynamicSection::DynamicSection(const Reader &reader, const Segments &segments)
    : reader(reader), segments(segments) {
  const Segment &segment = segments.dynamic();
  if (segment.p_vaddr % alignof(Dynamic)) reader.reject("its dynamic section is not aligned");
  entries_ = reader.table<Dynamic>(segment.p_offset, segment.p_filesz / sizeof(Dynamic),
                                   "dynamic section");
  const auto end = std::find_if(entries_.begin(), entries_.end(),
                                [](const Dynamic &entry) { return entry.d_tag == DT_NULL; });
  if (end == entries_.end()) reader.reject("its dynamic section does not end");
  entries_.erase(end, entries_.end());
  check_entries();
  check_sections();
  read_names();
  read_symbols();
}

std::optional<std::uint64_t> DynamicSection::value(Tag tag) const {
  for (const Dynamic &entry : entries_)
    if (entry.d_tag == tag) return entry.d_un.d_val;
  return {};
}

bool DynamicSection::needs(std::string_view library) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Dynamic &entry) {
    return entry.d_tag == DT_NEEDED && name(entry.d_un.d_val) == library;
  });
}

// The loader takes these for granted, or ends the process where they do not hold.
void DynamicSection::check_entries() const {
  std::set<Tag> seen;
  for (const Dynamic &entry : entries_) {
    if (!may_repeat(entry.d_tag) && !seen.insert(entry.d_tag).second)
      reader.reject("its dynamic section has the entry ", entry.d_tag, " twice");
  }
  const auto check = [&](Tag of, Tag tag, std::uint64_t expected) {
    if ((value(of) && !value(tag)) || value(tag).value_or(expected) != expected)
      reader.reject("its dynamic section has a wrong entry ", tag);
  };
  check(DT_SYMTAB, DT_SYMENT, sizeof(Symbol));
  check(DT_RELA, DT_RELAENT, sizeof(Relocation));
  check(DT_JMPREL, DT_PLTREL, DT_RELA);
  if (value(DT_REL)) reader.reject("it has relocations of a kind that this machine does not use");
  if (const auto got = value(DT_PLTGOT); got && !segments.find(*got, sizeof(Word)))
    reader.reject("its table of addresses is in no segment");
}

// Where there are section headers, they tell a second time where the tables are.
void DynamicSection::check_sections() const {
  constexpr std::pair<std::uint32_t, Tag> kTables[] = {
      {SHT_DYNSYM, DT_SYMTAB},         {SHT_HASH, DT_HASH},
      {SHT_GNU_HASH, DT_GNU_HASH},     {SHT_GNU_versym, DT_VERSYM},
      {SHT_GNU_verneed, DT_VERNEED},   {SHT_GNU_verdef, DT_VERDEF},
      {SHT_INIT_ARRAY, DT_INIT_ARRAY}, {SHT_FINI_ARRAY, DT_FINI_ARRAY}};
  for (const Section &section : segments.sections())
    for (const auto &[type, tag] : kTables)
      if (section.sh_type == type && section.sh_addr && value(tag) != section.sh_addr)
        reader.reject("its dynamic section has another place for ", tag,
                      " than its section header");
}

DynamicSection::Table DynamicSection::table(Tag address, Tag size, std::size_t entry,
                                            const char *what) const {
  const auto place = value(address), bytes = value(size);
  if (place.has_value() != bytes.has_value())
    reader.reject("its ", what, " has an address without a size, or a size without an address");
  if (!bytes || *bytes == 0) return {};
  if (*bytes % entry) reader.reject("its ", what, " has ", *bytes, " bytes");
  if (*place % alignof(Word)) reader.reject("its ", what, " is not aligned");
  return {segments.offset(*place, *bytes, what), *place, *bytes / entry};
}

void DynamicSection::read_names() {
  const auto place = value(DT_STRTAB), size = value(DT_STRSZ);
  if (!place || !size) reader.reject("it has no string table");
  names_ = reader.text(segments.offset(*place, *size, "string table"), *size, "string table");
  if (names_.empty() || names_.front() != 0 || names_.back() != 0)
    reader.reject("its string table neither begins nor ends as one");
  for (const Dynamic &entry : entries_)
    if (is_name(entry.d_tag)) name(entry.d_un.d_val);
}

std::string_view DynamicSection::name(std::uint64_t index) const {
  if (index >= names_.size()) reader.reject("a name is beyond its string table");
  return names_.substr(index, names_.find('\0', index) - index);
}

Symbol DynamicSection::symbol(std::uint64_t index) const {
  const std::uint64_t place = *value(DT_SYMTAB) + index * sizeof(Symbol);
  const auto symbol =
      reader.at<Symbol>(segments.offset(place, sizeof(Symbol), "symbol table"), "symbol table");
  const std::string_view text = name(symbol.st_name);
  const auto type = symbol.st_info & 0xf;
  // The values of thread-local ones are no addresses.
  if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS || type == STT_TLS) return symbol;
  if (type == STT_FUNC || type == STT_GNU_IFUNC ? !segments.has_code(symbol.st_value)
                                                : !segments.find(symbol.st_value, symbol.st_size))
    reader.reject("its symbol ", text.substr(0, 256), " is in no segment");
  return symbol;
}

void DynamicSection::read_symbols() {
  const auto place = value(DT_SYMTAB);
  if (!place || *place % alignof(Symbol)) reader.reject("it has no symbol table");
  const std::uint64_t count = count_symbols();
  constexpr Symbol kFirst{};
  const Symbol first = symbol(0);
  if (std::memcmp(&first, &kFirst, sizeof first) != 0)
    reader.reject("its symbol table does not begin as one");
  for (std::uint64_t i = 0; i < count; ++i) symbols_.push_back(symbol(i));
}

// The dynamic section gives no count of symbols. The hash tables that the loader uses do.
std::uint64_t DynamicSection::count_symbols() const {
  constexpr const char *kWhat = "hash table";
  using Entry = std::uint32_t;
  const auto entries = [&](std::uint64_t address, std::uint64_t count) {
    if (address % alignof(Entry)) reader.reject("its hash table is not aligned");
    const std::uint64_t offset = segments.offset(address, count * sizeof(Entry), kWhat);
    return reader.table<Entry>(offset, count, kWhat);
  };
  std::uint64_t count = 0;
  const auto table = value(DT_GNU_HASH), old_table = value(DT_HASH);
  if (!table && !old_table) reader.reject("it has no hash table");
  if (table) {
    const auto head = entries(*table, 4);
    const std::uint64_t buckets = head[0], first = head[1], bloom_words = head[2];
    if (!std::has_single_bit(bloom_words) || buckets == 0 || first == 0)
      reader.reject("its hash table does not begin as one");
    const std::uint64_t bucket_table = *table + 4 * sizeof(Entry) + bloom_words * sizeof(Word);
    std::uint64_t last = 0;
    for (const Entry bucket : entries(bucket_table, buckets)) {
      if (bucket && bucket < first) reader.reject("its hash table lists what is no symbol");
      last = std::max<std::uint64_t>(last, bucket);
    }
    count = first;
    if (last) {
      // The chain of the last bucket ends at the last symbol, whose entry has its lowest bit set.
      const std::uint64_t chains = bucket_table + buckets * sizeof(Entry);
      while (!(entries(chains + (last - first) * sizeof(Entry), 1)[0] & 1)) ++last;
      count = last + 1;
    }
  }
  if (old_table) {
    const auto head = entries(*old_table, 2);
    const std::uint64_t buckets = head[0], all = head[1];
    for (const Entry index : entries(*old_table + 2 * sizeof(Entry), buckets + all))
      if (index >= all) reader.reject("its hash table lists what is no symbol");
    count = std::max(count, all);
  }
  return count;
}

}  // namespace nexus::cpu::elf
#endif
