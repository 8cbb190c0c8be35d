// What HIP's functions do otherwise than NVIDIA's. A function here has the name of the engine's,
// which it hides in this namespace.
#pragma once

#include <cstddef>

#include "entry_point.hpp"

namespace standin::hip {

Result cuDriverGetVersion(int *version);
Result cuDeviceGetName(char *name, int size, int device);
Result cuDeviceGetUuid_v2(CUuuid *uuid, int device);
// Takes HIP's numbers of attributes.
Result cuDeviceGetAttribute(int *value, int attribute, int device);
// Returns HIP's numbers of memory types, which depend on its version.
Result cuPointerGetAttribute(void *data, int attribute, CUdeviceptr pointer);
// Refuses code objects: only PTX runs.
Result cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned count, int *options,
                          void **values);

// Functions that NVIDIA's driver lacks.
Result get_device(int *device);
Result set_device(int device);
Result copy(CUdeviceptr to, CUdeviceptr from, std::size_t size, int kind, CUstream stream);
// Fills the structure of HIP 5, as that function still does in later versions.
Result get_properties(void *properties, int device);

}  // namespace standin::hip
