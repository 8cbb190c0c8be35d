#if defined(__ELF__)
#include <algorithm>
#include <set>

#include "elf_dynamic.hpp"

namespace nexus::cpu::elf {
namespace {

constexpr const char *kWhat = "table of versions";
// The other bit of a version's number says that the symbol is hidden.
constexpr unsigned kNumber = 0x7fff;

// An entry of a table of versions, by address: the entries are linked by distances.
template <class T>
T read(const DynamicSection &dynamic, std::uint64_t address) {
  if (address % alignof(std::uint32_t)) dynamic.reader.reject("its ", kWhat, " is not aligned");
  return dynamic.reader.at<T>(dynamic.segments.offset(address, sizeof(T), kWhat), kWhat);
}

// The largest number of a version that the libraries it needs must have.
unsigned check_needed(const DynamicSection &dynamic) {
  unsigned largest = 0;
  const auto first = dynamic.value(DT_VERNEED);
  for (std::uint64_t place = first.value_or(0), next = first ? 1 : 0; next; place += next) {
    const auto library = read<ElfW(Verneed)>(dynamic, place);
    next = library.vn_next;
    if (!dynamic.needs(dynamic.name(library.vn_file)))
      dynamic.reader.reject("its ", kWhat, " is of a library that it does not need");
    for (std::uint64_t aux = place + library.vn_aux, step = 1; step; aux += step) {
      const auto version = read<ElfW(Vernaux)>(dynamic, aux);
      step = version.vna_next;
      dynamic.name(version.vna_name);
      largest = std::max(largest, version.vna_other & kNumber);
    }
  }
  return largest;
}

// The largest number of a version that it defines.
unsigned check_defined(const DynamicSection &dynamic) {
  unsigned largest = 0;
  const auto first = dynamic.value(DT_VERDEF);
  for (std::uint64_t place = first.value_or(0), next = first ? 1 : 0; next; place += next) {
    const auto version = read<ElfW(Verdef)>(dynamic, place);
    next = version.vd_next;
    dynamic.name(read<ElfW(Verdaux)>(dynamic, place + version.vd_aux).vda_name);
    largest = std::max(largest, version.vd_ndx & kNumber);
  }
  return largest;
}

}  // namespace

void check_versions(const DynamicSection &dynamic) {
  const unsigned largest = std::max(check_needed(dynamic), check_defined(dynamic));
  const auto numbers = dynamic.value(DT_VERSYM);
  // The loader looks into one when the other is there.
  if (numbers.has_value() != (largest > 0))
    dynamic.reader.reject("it has versions of symbols without a table of them, or a table without");
  if (!numbers) return;
  const std::uint64_t count = dynamic.symbols().size();
  const std::uint64_t offset = dynamic.segments.offset(*numbers, count * sizeof(ElfW(Half)), kWhat);
  for (const auto number : dynamic.reader.table<ElfW(Half)>(offset, count, kWhat))
    if ((number & kNumber) > largest)
      dynamic.reader.reject("a symbol has the version ", number & kNumber, " of ", largest);
}

}  // namespace nexus::cpu::elf
#endif
