#include "images/target.hpp"

#include <algorithm>

namespace nexus::hip {
namespace {

// The processors by their numbers in the header of a file, from kFirst on, as LLVM 22 lists them.
constexpr std::uint32_t kFirst = 0x20;
constexpr std::string_view kProcessors =
    "gfx600:gfx601:gfx700:gfx701:gfx702:gfx703:gfx704::gfx801:gfx802:gfx803:gfx810:gfx900:gfx902:"
    "gfx904:gfx906:gfx908:gfx909:gfx90c:gfx1010:gfx1011:gfx1012:gfx1030:gfx1031:gfx1032:gfx1033:"
    "gfx602:gfx705:gfx805:gfx1035:gfx1034:gfx90a:gfx940:gfx1100:gfx1013:gfx1150:gfx1103:gfx1036:"
    "gfx1101:gfx1102:gfx1200:gfx1250:gfx1151:gfx941:gfx942::gfx1201:gfx950::gfx9-generic:"
    "gfx10-1-generic:gfx10-3-generic:gfx11-generic:gfx1152:::gfx1153:gfx12-generic:gfx1251:::::"
    "gfx9-4-generic";

// The processors that run code for a whole family.
struct Family {
  std::string_view name, processors;
};
constexpr Family kFamilies[] = {
    {"gfx9-generic", "gfx900:gfx902:gfx904:gfx906:gfx909:gfx90c"},
    {"gfx9-4-generic", "gfx940:gfx941:gfx942:gfx950"},
    {"gfx10-1-generic", "gfx1010:gfx1011:gfx1012:gfx1013"},
    {"gfx10-3-generic", "gfx1030:gfx1031:gfx1032:gfx1033:gfx1034:gfx1035:gfx1036"},
    {"gfx11-generic", "gfx1100:gfx1101:gfx1102:gfx1103:gfx1150:gfx1151:gfx1152:gfx1153"},
    {"gfx12-generic", "gfx1200:gfx1201"},
};

// Takes the first part off a text whose parts end with colons.
std::string_view take_part(std::string_view &text) {
  const std::string_view part = text.substr(0, text.find(':'));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

// Whether one of the parts is exactly this.
bool has_part(std::string_view text, std::string_view wanted) {
  while (!text.empty())
    if (take_part(text) == wanted) return true;
  return false;
}

}  // namespace

std::string target_of_flags(std::uint32_t flags, int version) {
  // Each feature has two bits from version 4 on: unsupported, any, off, on. Before, it has one.
  constexpr struct {
    const char *name;
    std::uint32_t shift, single_bit;
  } kFeatures[] = {{":sramecc", 10, 0x200}, {":xnack", 8, 0x100}};
  const std::uint32_t number = flags & 0xff;
  std::string_view processors = kProcessors;
  for (std::uint32_t i = kFirst; i < number; ++i) take_part(processors);
  std::string target(number < kFirst ? "" : take_part(processors));
  if (target.empty()) return target;
  for (const auto &[name, shift, single_bit] : kFeatures) {
    const std::uint32_t setting = flags >> shift & 3;
    if (version == 3 ? (flags & single_bit) != 0 : setting == 3) target.append(name).append("+");
    if (version > 3 && setting == 2) target.append(name).append("-");
  }
  return target;
}

int fitness(std::string_view code, std::string_view device) {
  const std::string_view wanted = take_part(code), processor = take_part(device);
  int fits = 0;
  if (!wanted.empty() && wanted == processor) fits = 10;
  for (const auto &[name, processors] : kFamilies)
    if (wanted == name && has_part(processors, processor)) fits = 1;
  while (fits && !code.empty()) fits = has_part(device, take_part(code)) ? fits + 1 : 0;
  return fits;
}

}  // namespace nexus::hip
