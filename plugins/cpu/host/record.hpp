// What this machine tells about itself, in the structure of the device schema.
#pragma once

#include <string>

#include "host/host_info.hpp"
#include "host/memory_modules.hpp"
#include "host/topology.hpp"

namespace nexus::cpu {

std::string record_of(const HostInfo &host, const Topology &topology, const MemoryModules &modules);

// The record of this machine, which is read on the first call.
const std::string &host_record();

}  // namespace nexus::cpu
