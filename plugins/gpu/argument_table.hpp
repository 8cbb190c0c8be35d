// What nxs_kernel.h puts beside a kernel for its host; see nexus-api/nxs_kernel_table.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "device.hpp"

namespace nexus::gpu {

// The arguments of the kernel with an entry point; nothing if the module has no table of them.
// Fails with NXS_InvalidKernelDefinition for a table of another version. The device's context is
// current.
std::optional<std::vector<Parameter>> parameters_in_table(const GpuDevice &device,
                                                          native::Module module,
                                                          const std::string &entry);

// Whether the kernel says that it uses shared memory whose size the launch gives.
bool says_it_uses_dynamic_memory(native::Module module, const std::string &entry);

}  // namespace nexus::gpu
