// Kernels as operations of streams.
#pragma once

#include <array>

#include "module.hpp"

namespace standin {

struct Shape {
  std::array<unsigned, 3> grid, block;
  unsigned dynamic_shared;
};

// Checks the launch against the limits of the device and the kernel, and copies the arguments.
Operation kernel_operation(CUfunction function, const Shape &shape, void **arguments, void **extra);

}  // namespace standin
