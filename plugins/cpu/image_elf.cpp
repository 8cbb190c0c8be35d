#if defined(__ELF__)
#include "elf_dynamic.hpp"
#include "image.hpp"

namespace nexus::cpu {
namespace {

using elf::Reader;

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

elf::Header read_header(const Reader &reader) {
  const auto header = reader.at<elf::Header>(0, "header");
  if (header.e_ident[EI_CLASS] != kClass || header.e_machine != kMachine)
    reader.reject("it is for another machine (ELF machine ", header.e_machine, ")");
  if (header.e_ident[EI_DATA] !=
      (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB))
    reader.reject("it has the other byte order");
  if (header.e_type != ET_DYN)
    reader.reject("it is no shared object (ELF type ", header.e_type, "); link it with -shared");
  if (header.e_phentsize != sizeof(elf::Segment))
    reader.reject("its program headers have a wrong size");
  return header;
}

}  // namespace

bool is_image(std::span<const std::byte> bytes) {
  return bytes.size() >= SELFMAG && std::memcmp(bytes.data(), ELFMAG, SELFMAG) == 0;
}

Image read_image(std::span<const std::byte> bytes, const std::string &name) {
  const Reader reader(bytes, name);
  if (!is_image(bytes)) reader.reject("it does not begin like an ELF file");
  const elf::Segments segments(reader, read_header(reader));
  const elf::DynamicSection dynamic(reader, segments);
  check_relocations(dynamic);
  check_versions(dynamic);

  Image image;
  for (const elf::Symbol &symbol : dynamic.symbols()) {
    const std::string_view text = dynamic.name(symbol.st_name);
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
