// NVIDIA's driver, libcuda.
#include "driver/driver_library.hpp"

namespace nexus::gpu {
namespace {

// The driver's own functions for the texts of errors, whose form is not that of AMD's.
using Text = native::Result(native::Result, const char **);
Text *get_name = nullptr, *get_text = nullptr;

const char *text_from(Text *get, native::Result result) {
  const char *text = nullptr;
  return get(result, &text) == native::kSuccess ? text : nullptr;
}

}  // namespace

Driver open_driver() {
  Driver opened;
#if defined(_WIN32)
  const DriverLibrary library(opened, {"nvcuda.dll"}, "NVIDIA's driver");
#else
  const DriverLibrary library(opened, {"libcuda.so.1", "libcuda.so"}, "NVIDIA's driver");
#endif
  library.load_common(DriverLibrary::Names::kNvidias);
#define NEXUS_GPU_FUNCTION(NAME, NVIDIA, ...) library.require(opened.NAME, #NVIDIA);
  NEXUS_GPU_SUBSTITUTED_FUNCTIONS(NEXUS_GPU_FUNCTION)
#undef NEXUS_GPU_FUNCTION
#define NEXUS_GPU_FUNCTION(NAME, NVIDIA, ...) library.load(opened.NAME, #NVIDIA);
  NEXUS_GPU_NVIDIA_FUNCTIONS(NEXUS_GPU_FUNCTION)
#undef NEXUS_GPU_FUNCTION
  library.require(opened.funcSetAttribute, "cuFuncSetAttribute");
  library.require(get_name, "cuGetErrorName");
  library.require(get_text, "cuGetErrorString");
  opened.errorName = [](native::Result result) { return text_from(get_name, result); };
  opened.errorText = [](native::Result result) { return text_from(get_text, result); };
  return opened;
}

}  // namespace nexus::gpu
