// What an ELF file says is to be mapped, and where.
#pragma once

#include "elf_reader.hpp"

namespace nexus::cpu::elf {

class Segments {
 public:
  // Fails for segments that cannot be mapped as they say, or that do not agree with each other or
  // with the section headers, where there are such.
  Segments(const Reader &reader, const Header &header);

  const Segment &dynamic() const { return dynamic_; }
  const std::vector<Section> &sections() const { return sections_; }

  // The segment whose memory has the addresses; NULL where none has.
  const Segment *find(std::uint64_t address, std::uint64_t size) const;
  bool has_code(std::uint64_t address) const;
  // Where in the file the content of the addresses is; fails where that is nowhere.
  std::uint64_t offset(std::uint64_t address, std::uint64_t size, const char *what) const;

 private:
  void add_loaded(const Segment &segment);
  void check_part(const Segment &part, const Header &header) const;
  void check_relro(const Segment &relro, const Segment &loaded) const;
  void check_section(const Section &section) const;

  const Reader &reader_;
  std::vector<Segment> loaded_;
  std::vector<Section> sections_;
  Segment dynamic_{};
};

}  // namespace nexus::cpu::elf
