// A launch of a kernel.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "program.hpp"

namespace standin::ptx {

// A range of memory that is contiguous for both the device and the host.
struct Span {
  std::uint64_t begin = 0, end = 0;
  std::byte *bytes = nullptr;

  bool contains(std::uint64_t address, std::size_t size) const {
    return address >= begin && address <= end && size <= end - address;
  }
};

// The memory that threads can address. No range is removed while a kernel runs.
class DeviceMemory {
 public:
  virtual ~DeviceMemory() = default;
  // Returns the allocation that contains an address, or an empty one.
  virtual Span find(std::uint64_t address) const = 0;
};

struct Launch {
  const Program *program = nullptr;
  const Function *entry = nullptr;
  std::array<unsigned, 3> grid{}, block{};
  unsigned dynamic_shared = 0;  // bytes
  std::vector<std::byte> arguments;
};

// Runs all threads to their end. Throws Trap. Ends early after a request to stop.
void run(const Launch &launch, const DeviceMemory &memory, const std::atomic<bool> &stop);

}  // namespace standin::ptx
