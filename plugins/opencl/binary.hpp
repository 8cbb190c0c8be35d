// Checks of binaries before a driver sees them: some end the process over damaged ones.
#pragma once

#include <nexus-sdk/objects/byte_ranges.hpp>

#include <string>

namespace nexus::opencl {
using namespace sdk;

class ClDevice;

// The beginning of the binaries that the device's driver makes; empty if it makes none.
std::string beginning_of_binaries(const ClDevice &device);

// Why the bytes are no binary for the device, as the end of a sentence; empty if none is known.
std::string problem_with_binary(const ClDevice &device, Bytes bytes);

}  // namespace nexus::opencl
