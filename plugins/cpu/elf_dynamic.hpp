// The dynamic section of an ELF file: what its loader relocates, calls and searches. It is found by
// way of the program headers, since the section headers may be stripped.
#pragma once

#include <optional>

#include "elf_segments.hpp"

namespace nexus::cpu::elf {

using Tag = decltype(Dynamic::d_tag);

class DynamicSection {
 public:
  // Fails for one that the loader would not survive, as to its form, its names and its symbols.
  DynamicSection(const Reader &reader, const Segments &segments);

  std::optional<std::uint64_t> value(Tag tag) const;
  // Whether it names a library among those to be loaded with it.
  bool needs(std::string_view library) const;

  // Where a table is: its place in the file, its address, and how many entries it has.
  struct Table {
    std::uint64_t offset = 0, address = 0, count = 0;
  };
  // The table that two tags give by address and size; an empty one where both are absent.
  Table table(Tag address, Tag size, std::size_t entry, const char *what) const;

  std::string_view name(std::uint64_t index) const;
  // Fails for an index beyond the table, whose length nothing tells.
  Symbol symbol(std::uint64_t index) const;
  // Those that the hash table lists, and what comes before them.
  const std::vector<Symbol> &symbols() const { return symbols_; }

  const Reader &reader;
  const Segments &segments;

 private:
  void check_entries() const;
  void check_sections() const;
  void read_names();
  void read_symbols();
  std::uint64_t count_symbols() const;

  std::vector<Dynamic> entries_;
  std::string_view names_;
  std::vector<Symbol> symbols_;
};

// Fail for relocations beside what may be written to, and for functions to be called at loading and
// unloading that are none.
void check_relocations(const DynamicSection &dynamic);
void check_versions(const DynamicSection &dynamic);

}  // namespace nexus::cpu::elf
