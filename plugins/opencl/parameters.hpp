// The arguments of kernels, from OpenCL's own reports.
#pragma once

#include <nexus-sdk/kernels/declarations.hpp>
#include <nexus-sdk/objects/library.hpp>

#include <optional>
#include <string>
#include <vector>

#include "driver/driver.hpp"

namespace nexus::opencl {
using namespace sdk;

struct Parameters {
  // Empty if the driver does not tell them, as for most binaries.
  std::optional<std::vector<Parameter>> declared;
  // The index of the argument that is a pointer to shared memory, if there is one.
  std::optional<cl::Uint> local;
  bool needs_shared_memory = false;
  // The number of arguments, that one included.
  std::size_t count = 0;
};

// Fails with NXS_InvalidKernelDefinition if the kernel takes arguments that the ABI cannot pass.
// `uses_dynamic`: whether its text is known to use the shared memory that kernels of nxs_kernel.h
// can have.
Parameters read_parameters(const std::string &name, cl::Kernel kernel, bool uses_dynamic);

}  // namespace nexus::opencl
