// Checks and reads the shared object that a kernel library is, before the system's loader sees it:
// the loader trusts what it is given.
#pragma once

#include <cstddef>
#include <set>
#include <span>
#include <string>

namespace nexus::cpu {

// What a compiled image says of itself.
struct Image {
  // The functions and objects that it defines for others to use.
  std::set<std::string> symbols;
  // Whether it wants _cpu_barrier from whoever loads it.
  bool needs_barrier = false;
};

// Whether the bytes begin like a shared object of this system.
bool is_image(std::span<const std::byte> bytes);

// Fails with NXS_InvalidBinary, telling what is wrong, for bytes that are no whole shared object
// for this machine. `name` is what the message calls them.
Image read_image(std::span<const std::byte> bytes, const std::string &name);

}  // namespace nexus::cpu
