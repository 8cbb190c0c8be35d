#include <algorithm>

#include "images/code_object.hpp"

namespace nexus::hip {
namespace {

// The families that code can be compiled for, each with the processors that run it.
constexpr std::string_view kFamilies[] = {
    "gfx9-generic:gfx900:gfx902:gfx904:gfx906:gfx909:gfx90c",
    "gfx9-4-generic:gfx940:gfx941:gfx942:gfx950",
    "gfx10-1-generic:gfx1010:gfx1011:gfx1012:gfx1013",
    "gfx10-3-generic:gfx1030:gfx1031:gfx1032:gfx1033:gfx1034:gfx1035:gfx1036",
    "gfx11-generic:gfx1100:gfx1101:gfx1102:gfx1103:gfx1150:gfx1151:gfx1152:gfx1153",
    "gfx12-generic:gfx1200:gfx1201",
};

// Takes the first part off a text whose parts end with colons.
std::string_view take_part(std::string_view &text) {
  const std::string_view part = processor_of(text);
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

std::string_view target_in(std::string_view text) {
  return text.substr(std::min(text.find("gfx"), text.size()));
}

std::string_view processor_of(std::string_view target) {
  return target.substr(0, target.find(':'));
}

int fitness(std::string_view code, std::string_view device) {
  const std::string_view wanted = take_part(code), processor = take_part(device);
  int fits = 0;
  if (!wanted.empty() && wanted == processor) fits = 10;
  for (std::string_view family : kFamilies)
    if (take_part(family) == wanted && has_part(family, processor)) fits = 1;
  while (fits && !code.empty()) fits = has_part(device, take_part(code)) ? fits + 1 : 0;
  return fits;
}

}  // namespace nexus::hip
