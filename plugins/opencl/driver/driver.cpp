#include "driver/driver.hpp"

#include <dlfcn.h>

namespace nexus::opencl {
namespace {

template <class Function>
bool find(void *library, Function *&function, const char *name) {
  function = reinterpret_cast<Function *>(dlsym(library, name));
  return function;
}

Driver open_driver() {
  Driver opened;
  // Stays open until the process ends.
  void *const library = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    opened.problem =
        concat("OpenCL's loader is not installed (apt install ocl-icd-libopencl1): ", dlerror());
    return opened;
  }
#define NEXUS_OPENCL_FUNCTION(RETURN, NAME, ...) \
  if (!find(library, opened.NAME, #NAME))        \
    opened.problem = "OpenCL's loader, libOpenCL.so.1, is too old: no " #NAME;
  NEXUS_OPENCL_FUNCTIONS(NEXUS_OPENCL_FUNCTION)
#undef NEXUS_OPENCL_FUNCTION
#define NEXUS_OPENCL_FUNCTION(RETURN, NAME, ...) find(library, opened.NAME, #NAME);
  NEXUS_OPENCL_OPTIONAL_FUNCTIONS(NEXUS_OPENCL_FUNCTION)
#undef NEXUS_OPENCL_FUNCTION
  return opened;
}

// What NVIDIA's driver reports when a kernel has accessed memory that is not there.
constexpr cl::Int kIllegalAccess = -9999;

nxs_status status_of(cl::Int result) {
  // The statuses up to here are OpenCL's own numbers.
  if (result <= NXS_DeviceNotFound && result >= NXS_MaxSizeRestrictionExceeded)
    return static_cast<nxs_status>(result);
  return result == kIllegalAccess ? NXS_DeviceNotAvailable : NXS_OutOfResources;
}

}  // namespace

const Driver &driver() {
  static const Driver opened = open_driver();
  return opened;
}

Extensions extensions_of(cl::Platform platform) {
  Extensions found;
#define NEXUS_OPENCL_FUNCTION(RETURN, NAME, ...)       \
  found.NAME = reinterpret_cast<decltype(found.NAME)>( \
      driver().clGetExtensionFunctionAddressForPlatform(platform, #NAME));
  NEXUS_OPENCL_EXTENSION_FUNCTIONS(NEXUS_OPENCL_FUNCTION)
#undef NEXUS_OPENCL_FUNCTION
  return found;
}

Error error_of(cl::Int result, const std::string &what) {
  return Error(status_of(result), concat(what, ": OpenCL's error ", result));
}

}  // namespace nexus::opencl
