// Current readings of a device from the files of AMD's kernel driver.
#pragma once

#include <nexus-sdk/base/property.hpp>

#include <string>

namespace nexus::hip {
using namespace sdk;

// In percent and watts, of the device with a PCI address; empty if there is no such file.
Property core_utilization(const std::string &bus_id);
Property memory_utilization(const std::string &bus_id);
Property max_power(const std::string &bus_id);

}  // namespace nexus::hip
