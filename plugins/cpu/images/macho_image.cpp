#if defined(__APPLE__)
#include <mach-o/loader.h>
#include <mach-o/nlist.h>

#include <nexus-sdk/base/error.hpp>

#include <cstring>
#include <string_view>

#include "images/image.hpp"

namespace nexus::cpu {
using namespace sdk;
namespace {

#if defined(__aarch64__)
constexpr cpu_type_t kMachine = CPU_TYPE_ARM64;
#else
constexpr cpu_type_t kMachine = CPU_TYPE_X86_64;
#endif

template <class T>
T at(std::span<const std::byte> bytes, std::uint64_t offset, const std::string &name) {
  if (offset > bytes.size() || sizeof(T) > bytes.size() - offset)
    fail(NXS_InvalidBinary, name, " is not a kernel library: it ends at ", bytes.size(),
         " bytes; it may be truncated");
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

void read_symbols(std::span<const std::byte> bytes, const symtab_command &table,
                  const std::string &name, Image &image) {
  for (std::uint32_t i = 0; i < table.nsyms; ++i) {
    const auto symbol =
        at<nlist_64>(bytes, table.symoff + std::uint64_t{i} * sizeof(nlist_64), name);
    const std::uint64_t offset = std::uint64_t{table.stroff} + symbol.n_un.n_strx;
    at<char>(bytes, offset, name);
    const auto *begin = reinterpret_cast<const char *>(bytes.data() + offset);
    std::string_view text(begin, strnlen(begin, bytes.size() - offset));
    if (!(symbol.n_type & N_EXT) || (symbol.n_type & N_STAB) || text.empty()) continue;
    // The symbol of a C name has an underscore before it.
    text.remove_prefix(1);
    if ((symbol.n_type & N_TYPE) == N_UNDF)
      image.needs_barrier |= text == "_cpu_barrier";
    else
      image.symbols.emplace(text);
  }
}

}  // namespace

bool is_image(std::span<const std::byte> bytes) {
  std::uint32_t magic = 0;
  if (bytes.size() < sizeof magic) return false;
  std::memcpy(&magic, bytes.data(), sizeof magic);
  return magic == MH_MAGIC_64;
}

Image read_image(std::span<const std::byte> bytes, const std::string &name) {
  if (!is_image(bytes))
    fail(NXS_InvalidBinary, name,
         " is not a kernel library: it does not begin like a 64-bit Mach-O file");
  const auto header = at<mach_header_64>(bytes, 0, name);
  if (header.cputype != kMachine || (header.filetype != MH_DYLIB && header.filetype != MH_BUNDLE))
    fail(NXS_InvalidBinary, name,
         " is not a kernel library: it is not a dynamic library for this machine");
  Image image;
  std::uint64_t offset = sizeof header;
  const std::uint64_t end = offset + header.sizeofcmds;
  for (std::uint32_t i = 0; i < header.ncmds; ++i) {
    const auto command = at<load_command>(bytes, offset, name);
    if (command.cmdsize < sizeof command || command.cmdsize % sizeof(void *) ||
        command.cmdsize > end - offset)
      fail(NXS_InvalidBinary, name, " is not a kernel library: its load command ", i, " has ",
           command.cmdsize, " bytes");
    if (command.cmd == LC_SYMTAB)
      read_symbols(bytes, at<symtab_command>(bytes, offset, name), name, image);
    if (command.cmd == LC_RPATH || command.cmd == LC_LOAD_DYLIB ||
        command.cmd == LC_LOAD_WEAK_DYLIB || command.cmd == LC_REEXPORT_DYLIB) {
      const std::string_view paths(reinterpret_cast<const char *>(bytes.data() + offset),
                                   command.cmdsize);
      image.needs_its_folder |= paths.find("@loader_path") != std::string_view::npos;
    }
    if (command.cmd == LC_SEGMENT_64) {
      const auto segment = at<segment_command_64>(bytes, offset, name);
      if (segment.fileoff > bytes.size() || segment.filesize > bytes.size() - segment.fileoff ||
          segment.filesize > segment.vmsize)
        fail(NXS_InvalidBinary, name, " is not a kernel library: its segment at ", segment.fileoff,
             " lies beyond its end at ", bytes.size(), " bytes; it may be truncated");
    }
    offset += command.cmdsize;
  }
  return image;
}

}  // namespace nexus::cpu
#endif
