// HIP's functions: those of the plugins' table, which the engine has under NVIDIA's names, and
// others.
#include <string_view>
#include <utility>

#include "adapters.hpp"
#include "driver/driver_functions.hpp"

#define STANDIN_API_OF_HIP extern "C" __attribute__((visibility("default")))

namespace standin::hip {
namespace native = nexus::gpu::native;

Result &last_error() {
  thread_local Result error = native::kSuccess;
  return error;
}

void choose_a_device() {
  if (!context_stack().empty()) return;
  // It fails until HIP is initialized.
  set_device(0);
}

#define STANDIN_ROW(NAME, NVIDIA, AMD, ...) STANDIN_EXPORT(AMD, NVIDIA, __VA_ARGS__)
NEXUS_GPU_FUNCTIONS(STANDIN_ROW)
#undef STANDIN_ROW
STANDIN_EXPORT(hipDriverGetVersion, cuDriverGetVersion, int *)
STANDIN_EXPORT(hipGetDevice, get_device, int *)
STANDIN_EXPORT(hipSetDevice, set_device, int)
STANDIN_EXPORT(hipMemcpyAsync, copy, CUdeviceptr, CUdeviceptr, std::size_t, int, CUstream)
STANDIN_EXPORT(hipGetDeviceProperties, get_properties, void *, int)
STANDIN_EXPORT(hipHostRegister, cuMemHostRegister_v2, void *, std::size_t, unsigned)
STANDIN_EXPORT(hipHostUnregister, cuMemHostUnregister, void *)
STANDIN_EXPORT(hipDeviceCanAccessPeer, cuDeviceCanAccessPeer, int *, int, int)

STANDIN_API_OF_HIP Result hipGetLastError() {
  return std::exchange(last_error(), native::kSuccess);
}

STANDIN_API_OF_HIP Result hipPeekAtLastError() { return last_error(); }

STANDIN_API_OF_HIP const char *hipGetErrorName(Result result) {
  struct Name {
    std::string_view text;
    Result result;
  };
#define STANDIN_NAME(NAME, NVIDIA, AMD, VALUE) {#AMD, VALUE},
  static constexpr Name kNames[] = {NEXUS_GPU_CONSTANTS(STANDIN_NAME)};
#undef STANDIN_NAME
  if (!result) return "hipSuccess";
  for (const Name &name : kNames)
    if (name.result == result && name.text.starts_with("hipError")) return name.text.data();
  return "hipErrorUnknown";
}

STANDIN_API_OF_HIP const char *hipGetErrorString(Result result) {
  const char *text = nullptr;
  return cuGetErrorString(static_cast<CUresult>(result), &text) ? "unknown error" : text;
}

}  // namespace standin::hip
