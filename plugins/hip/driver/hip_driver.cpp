// AMD's HIP runtime, libamdhip64.
#include <array>
#include <cstring>

#include "driver/driver_library.hpp"
#include "driver/hip_functions.hpp"

namespace nexus::hip {
namespace {

namespace native = gpu::native;

struct Hip {
#define NEXUS_HIP_FUNCTION(NAME, ...) native::Result (*NAME)(__VA_ARGS__) = nullptr;
  NEXUS_HIP_FUNCTIONS(NEXUS_HIP_FUNCTION)
#undef NEXUS_HIP_FUNCTION
} hip;

// HIP's contexts are deprecated. The plugin's are numbers of devices.
native::Context context_of(native::Device device) {
  return reinterpret_cast<native::Context>(std::intptr_t{device});
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
    return hip.hipSetDevice(static_cast<native::Device>(reinterpret_cast<std::intptr_t>(context)));
  };
  opened.memcpyAsync = [](native::Pointer to, native::Pointer from, std::size_t size,
                          native::Stream stream) {
    return hip.hipMemcpyAsync(reinterpret_cast<void *>(to), reinterpret_cast<const void *>(from),
                              size, kCopyByAddress, stream);
  };
}

}  // namespace

std::string target_of(native::Device device) {
  // Larger than in HIP 5.2, in case that a version of HIP 5 has appended to it.
  std::array<char, 4 * kPropertiesSize> properties{};
  gpu::check(hip.hipGetDeviceProperties(properties.data(), device), "asking for the architecture");
  const char *const target = properties.data() + kTargetOffset;
  return {target, strnlen(target, kTargetSize)};
}

}  // namespace nexus::hip

namespace nexus::gpu {

Driver open_driver() {
  Driver opened;
  std::vector<std::string> names;
  for (const char *const version : hip::kVersions)
    names.push_back(concat("libamdhip64.so", version));
  const DriverLibrary library(opened, names, "AMD's HIP runtime");
  library.load_common(DriverLibrary::Names::kAmds);
#define NEXUS_HIP_FUNCTION(NAME, ...) library.require(hip::hip.NAME, #NAME);
  NEXUS_HIP_FUNCTIONS(NEXUS_HIP_FUNCTION)
#undef NEXUS_HIP_FUNCTION
#define NEXUS_GPU_FUNCTION(NAME, AMD, ...) library.require(opened.NAME, #AMD);
  NEXUS_GPU_AMD_FUNCTIONS(NEXUS_GPU_FUNCTION)
#undef NEXUS_GPU_FUNCTION
  hip::substitute(opened);
  // hipMemoryTypeHost was 0 before HIP 6, which has the numbers of CUDA.
  int version = 0;
  if (opened.problem.empty() && opened.driverGetVersion(&version) == native::kSuccess &&
      version < 6 * hip::kMajorVersion)
    opened.host_memory = 0;
  return opened;
}

}  // namespace nexus::gpu
