// Reads the parts of an ELF file that identify it, show that it is complete, and list its symbols.
#pragma once

#include <elf.h>
#include <link.h>

#include <nexus-sdk/base/error.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nexus::cpu {
using namespace sdk;

// The file need not be well-formed: every access is checked against its size.
class ElfFile {
 public:
  using Header = ElfW(Ehdr);
  using Segment = ElfW(Phdr);
  using Section = ElfW(Shdr);
  using Dynamic = ElfW(Dyn);
  using Symbol = ElfW(Sym);
  using Tag = decltype(Dynamic::d_tag);

  // Fails with NXS_InvalidBinary unless the header is that of a shared object for this machine, all
  // content lies within the file, and the section headers, if any, agree with what is loaded.
  // `name` is for the messages.
  ElfFile(std::span<const std::byte> bytes, const std::string &name);

  // The dynamic symbols that the hash tables cover, and those before them.
  std::vector<Symbol> symbols() const;
  // The name of a dynamic symbol; empty where it lies outside the string table.
  std::string_view symbol_name(const Symbol &symbol) const;
  // Whether its run path, or the name of a library that it needs, contains $ORIGIN.
  bool names_its_folder() const;

 private:
  template <class... Parts>
  [[noreturn]] void reject(const Parts &...parts) const {
    fail(NXS_InvalidBinary, name_, " is not a kernel library: ", parts...);
  }
  void check_range(std::uint64_t offset, std::uint64_t size, const char *what) const;
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

  void check_header() const;
  void check_relro(const Segment &relro) const;
  void read_dynamic(const Segment &segment);
  void check_sections() const;
  void check_mapping(const Section &section) const;
  void check_table(std::uint32_t type, Tag address, std::optional<Tag> size) const;
  bool is_function(std::uint64_t address) const;
  // The value of the last entry with a tag, which is the one that the loader uses.
  std::optional<std::uint64_t> value(Tag tag) const;
  // The offset in the file of what is loaded at an address.
  std::uint64_t offset_of(std::uint64_t address) const;
  std::string_view string_at(std::uint64_t offset) const;
  std::uint64_t count_symbols() const;

  const std::span<const std::byte> bytes_;
  const std::string &name_;
  std::vector<Segment> loaded_;
  std::vector<Section> sections_;
  std::vector<Dynamic> dynamic_;
  std::string_view strings_;
};

}  // namespace nexus::cpu
