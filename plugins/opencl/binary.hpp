// Checks of binaries and SPIR-V before a driver sees them: some end the process over damaged ones.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace nexus::opencl {

class ClDevice;

// The beginning of the binaries that the device's driver makes; empty if it makes none.
std::string beginning_of_binaries(const ClDevice &device);

// Why the bytes are no binary for the device, as the end of a sentence; empty if none is known.
std::string problem_with_binary(const ClDevice &device, std::span<const std::byte> bytes);

// The same for SPIR-V.
std::string problem_with_spirv(const ClDevice &device, std::span<const std::byte> bytes);

}  // namespace nexus::opencl
