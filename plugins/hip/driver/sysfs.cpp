// https://docs.kernel.org/gpu/amdgpu/thermal.html
#include "driver/sysfs.hpp"

#include <filesystem>
#include <fstream>
#include <optional>

namespace nexus::hip {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const std::string &bus_id) {
  // The kernel writes hexadecimal digits in lower case.
  std::string name = bus_id;
  for (char &letter : name)
    if (letter >= 'A' && letter <= 'F') letter = static_cast<char>(letter - 'A' + 'a');
  return fs::path("/sys/bus/pci/devices") / name;
}

std::optional<nxs_long> number_in(const fs::path &file) {
  nxs_long number = 0;
  if (std::ifstream(file) >> number) return number;
  return {};
}

}  // namespace

Property core_utilization(const std::string &bus_id) {
  const auto percent = number_in(folder_of(bus_id) / "gpu_busy_percent");
  return percent ? integer(*percent) : Property{};
}

Property memory_utilization(const std::string &bus_id) {
  const auto used = number_in(folder_of(bus_id) / "mem_info_vram_used"),
             total = number_in(folder_of(bus_id) / "mem_info_vram_total");
  return used && total && *total > 0 ? integer(*used * 100 / *total) : Property{};
}

Property max_power(const std::string &bus_id) {
  std::error_code ignored;
  for (const fs::directory_entry &sensor :
       fs::directory_iterator(folder_of(bus_id) / "hwmon", ignored))
    if (const auto microwatts = number_in(sensor.path() / "power1_cap"))
      return static_cast<double>(*microwatts) / 1e6;
  return {};
}

}  // namespace nexus::hip
