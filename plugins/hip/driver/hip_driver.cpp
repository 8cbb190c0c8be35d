#include "driver/hip_driver.hpp"

#include <nexus-sdk/base/shared_library.hpp>

#include <array>
#include <cstring>

#include "driver/hip_functions.hpp"

namespace nexus::hip {
using namespace sdk;
namespace {

namespace native = gpu::native;

struct Hip {
#define NEXUS_HIP_FUNCTION(NAME, RESULT, ...) RESULT (*NAME)(__VA_ARGS__) = nullptr;
  NEXUS_HIP_FUNCTIONS(NEXUS_HIP_FUNCTION)
  NEXUS_HIP_FUNCTIONS_OF_6(NEXUS_HIP_FUNCTION)
#undef NEXUS_HIP_FUNCTION
} hip;

// HIP's contexts are deprecated. The plugin's stand for devices: the number and one, since NULL is
// no context.
native::Context context_of(native::Device device) {
  return reinterpret_cast<native::Context>(static_cast<std::uintptr_t>(device) + 1);
}

native::Device device_of(native::Context context) {
  return static_cast<native::Device>(reinterpret_cast<std::uintptr_t>(context) - 1);
}

void substitute(gpu::Driver &opened) {
  opened.devicePrimaryCtxRetain = [](native::Context *context, native::Device device) {
    *context = context_of(device);
    return native::Result{native::kSuccess};
  };
  opened.ctxGetCurrent = [](native::Context *context) {
    native::Device device = 0;
    const native::Result result = hip.hipGetDevice(&device);
    *context = context_of(device);
    return result;
  };
  opened.ctxSetCurrent = [](native::Context context) {
    return hip.hipSetDevice(device_of(context));
  };
  opened.memcpyAsync = [](native::Pointer to, native::Pointer from, std::size_t size,
                          native::Stream stream) {
    return hip.hipMemcpyAsync(reinterpret_cast<void *>(to), reinterpret_cast<const void *>(from),
                              size, kCopyByAddress, stream);
  };
  opened.errorName = hip.hipGetErrorName;
  opened.errorText = hip.hipGetErrorString;
  opened.getLastError = hip.hipGetLastError;
  opened.peekAtLastError = hip.hipPeekAtLastError;
}

}  // namespace

std::string target_of(native::Device device) {
  const bool newer = hip.hipGetDevicePropertiesR0600;
  const PropertiesLayout layout = newer ? kProperties6 : kProperties5;
  // Larger than needed, in case that a later version appends to it.
  std::array<char, 4096> properties{};
  gpu::check((newer ? hip.hipGetDevicePropertiesR0600 : hip.hipGetDeviceProperties)(
                 properties.data(), device),
             "asking for the architecture");
  const char *const target = properties.data() + layout.target_offset;
  return {target, strnlen(target, kTargetSize)};
}

}  // namespace nexus::hip

namespace nexus::gpu {

Driver open_driver() {
  Driver opened;
  const SharedLibrary library(
      {"libamdhip64.so.7", "libamdhip64.so.6", "libamdhip64.so.5", "libamdhip64.so"});
  if (!library.is_open()) {
    opened.problem = concat("AMD's HIP runtime is not installed: ", library.problem());
    return opened;
  }
  const auto require = [&](auto *&function, const char *name) {
    if (!library.load(function, name))
      opened.problem = concat("the HIP runtime is too old: no ", name);
  };
#define NEXUS_HIP_FUNCTION(NAME, ...) require(hip::hip.NAME, #NAME);
  NEXUS_HIP_FUNCTIONS(NEXUS_HIP_FUNCTION)
#undef NEXUS_HIP_FUNCTION
#define NEXUS_HIP_FUNCTION(NAME, ...) library.load(hip::hip.NAME, #NAME);
  NEXUS_HIP_FUNCTIONS_OF_6(NEXUS_HIP_FUNCTION)
#undef NEXUS_HIP_FUNCTION
#define NEXUS_GPU_FUNCTION(NAME, NVIDIA, AMD, ...) require(opened.NAME, #AMD);
  NEXUS_GPU_FUNCTIONS(NEXUS_GPU_FUNCTION)
#undef NEXUS_GPU_FUNCTION
#define NEXUS_GPU_ATTRIBUTE(NAME, NVIDIA, NVIDIAS, AMD, AMDS) AMDS,
  opened.attributes = {NEXUS_GPU_ATTRIBUTES(NEXUS_GPU_ATTRIBUTE)};
#undef NEXUS_GPU_ATTRIBUTE
  hip::substitute(opened);
  if (!opened.problem.empty()) return opened;
  // hipMemoryTypeHost was 0 before HIP 6, which has the numbers of CUDA.
  int version = 0;
  if (opened.driverGetVersion(&version) == native::kSuccess && version < 6 * hip::kMajorVersion)
    opened.host_memory = 0;
  return opened;
}

}  // namespace nexus::gpu
