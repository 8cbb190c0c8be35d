#if defined(__ELF__)
#include "images/elf_file.hpp"
#include "images/image.hpp"

namespace nexus::cpu {

bool is_image(std::span<const std::byte> bytes) {
  return bytes.size() >= SELFMAG && std::memcmp(bytes.data(), ELFMAG, SELFMAG) == 0;
}

Image read_image(std::span<const std::byte> bytes, const std::string &name) {
  const ElfFile elf(bytes, name);
  Image image;
  image.needs_its_folder = elf.names_its_folder();
  for (const ElfFile::Symbol &symbol : elf.symbols()) {
    const std::string_view text = elf.symbol_name(symbol);
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
