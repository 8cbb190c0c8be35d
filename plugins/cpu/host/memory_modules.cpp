#include "host/memory_modules.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "host/text_file.hpp"

namespace nexus::cpu {
namespace {

// DSP0134, "Memory Device": offsets within the structure, and the types of memory.
constexpr unsigned char kMemoryDevice = 17, kEndOfTable = 127;
constexpr std::size_t kHeader = 4, kSize = 0x0c, kType = 0x12, kSpeed = 0x15, kConfigured = 0x20;
constexpr std::pair<unsigned char, const char *> kTypes[] = {
    {0x12, "DDR"},    {0x13, "DDR2"},   {0x18, "DDR3"},   {0x1a, "DDR4"}, {0x1b, "LPDDR"},
    {0x1c, "LPDDR2"}, {0x1d, "LPDDR3"}, {0x1e, "LPDDR4"}, {0x20, "HBM"},  {0x21, "HBM2"},
    {0x22, "DDR5"},   {0x23, "LPDDR5"}, {0x24, "HBM3"}};
constexpr int kMostModules = 64;

void add_type(MemoryModules &found, const std::string &type) {
  if (std::find(found.types.begin(), found.types.end(), type) == found.types.end())
    found.types.push_back(type);
}

unsigned byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

unsigned word_at(std::string_view text, std::size_t at) {
  return byte_at(text, at) | byte_at(text, at + 1) << 8;
}

void read_module(std::string_view module, MemoryModules &found) {
  // An empty slot has the size 0.
  if (word_at(module, kSize) == 0) return;
  for (const auto &[code, name] : kTypes)
    if (byte_at(module, kType) == code) add_type(found, name);
  const nxs_long configured = word_at(module, kConfigured);
  const nxs_long rate = configured ? configured : word_at(module, kSpeed);
  constexpr nxs_long kInAnotherField = 0xffff;
  if (rate == 0 || rate == kInAnotherField) return;
  found.transfer_rate = found.transfer_rate ? std::min(found.transfer_rate, rate) : rate;
}

// The driver of the memory controller names types such as "Registered-DDR4".
MemoryModules modules_of_controllers(const std::string &system) {
  MemoryModules found;
  for (int controller = 0; controller < kMostModules; ++controller)
    for (int module = 0; module < kMostModules; ++module) {
      const std::string type =
          first_line(system + "/devices/system/edac/mc/mc" + std::to_string(controller) + "/dimm" +
                     std::to_string(module) + "/dimm_mem_type");
      // The longest name that the text contains: "LPDDR4" contains "DDR4" and "DDR".
      std::string_view named;
      for (const auto &[code, name] : kTypes)
        if (type.find(name) != type.npos && std::string_view(name).size() > named.size())
          named = name;
      if (!named.empty()) add_type(found, std::string(named));
    }
  return found;
}

}  // namespace

MemoryModules modules_in_table(std::string_view table) {
  MemoryModules found;
  while (table.size() >= kHeader && byte_at(table, 0) != kEndOfTable) {
    const std::size_t length = byte_at(table, 1);
    if (length < kHeader || length > table.size()) break;
    if (byte_at(table, 0) == kMemoryDevice) read_module(table.substr(0, length), found);
    // The structure's strings follow, and two NULs end them.
    const std::size_t end = table.find(std::string_view("\0\0", 2), length);
    if (end == table.npos) break;
    table.remove_prefix(end + 2);
  }
  return found;
}

MemoryModules read_memory_modules(const std::string &system) {
  std::ifstream file(system + "/firmware/dmi/tables/DMI", std::ios::binary);
  const std::string table{std::istreambuf_iterator<char>(file), {}};
  const MemoryModules found = modules_in_table(table);
  return found.types.empty() ? modules_of_controllers(system) : found;
}

}  // namespace nexus::cpu
