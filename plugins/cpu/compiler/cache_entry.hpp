// What the cache keeps of a compiled library, in one file.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/inputs.hpp"
#include "file.hpp"

namespace nexus::cpu {

struct CacheEntry {
  // The name it is kept under.
  std::string key;
  Bytes image;
  // The compiler's warnings.
  std::string message;
  // The command that ran the compiler, in one line.
  std::string command;
  std::vector<Input> inputs;
};

// The image comes first, so that tools for images can open the file; a checksum comes last.
Bytes pack(const CacheEntry &entry);

// Nothing if the bytes are not an entry as a whole, as it was packed.
std::optional<CacheEntry> unpack(std::span<const std::byte> bytes);

}  // namespace nexus::cpu
