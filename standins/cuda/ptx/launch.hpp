// A launch of a kernel.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "program.hpp"

namespace standin::ptx {

// Memory that is contiguous, both as the device sees it and here.
struct Span {
  std::uint64_t begin = 0, end = 0;
  std::byte *bytes = nullptr;

  bool contains(std::uint64_t address, std::size_t size) const {
    return address >= begin && address <= end && size <= end - address;
  }
};

// What threads reach by addresses. Nothing is taken away from it while a kernel runs.
class DeviceMemory {
 public:
  virtual ~DeviceMemory() = default;
  // The allocation that the address is in; an empty one where there is none.
  virtual Span find(std::uint64_t address) const = 0;
};

struct Launch {
  const Program *program = nullptr;
  const Function *entry = nullptr;
  std::array<unsigned, 3> grid{}, block{};
  unsigned dynamic_shared = 0;  // bytes
  std::vector<std::byte> arguments;
};

// Runs every thread to its end. Throws Trap. A launch that is told to stop stops at some time.
void run(const Launch &launch, const DeviceMemory &memory, const std::atomic<bool> &stop);

}  // namespace standin::ptx
