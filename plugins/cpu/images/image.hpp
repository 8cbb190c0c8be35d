// The shared object that a kernel library is: checked and read before the system's loader opens it
// in this process, because that loader trusts what it is given.
#pragma once

#include <cstddef>
#include <set>
#include <span>
#include <string>

namespace nexus::cpu {

// What a compiled image says about itself.
struct Image {
  // The functions and objects that it defines for others to use.
  std::set<std::string> symbols;
  // Whether it expects whoever loads it to supply _cpu_barrier.
  bool needs_barrier = false;
  // Whether it finds other libraries by the folder that it lies in.
  bool needs_its_folder = false;
};

// Whether the bytes begin like a shared object of this system.
bool is_image(std::span<const std::byte> bytes);

// Fails with NXS_InvalidBinary and the reason unless the bytes are a complete shared object for
// this machine. `name` is what messages call it.
Image read_image(std::span<const std::byte> bytes, const std::string &name);

}  // namespace nexus::cpu
