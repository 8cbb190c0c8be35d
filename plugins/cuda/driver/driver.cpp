#include "driver/driver.hpp"

#include <nexus-sdk/base/shared_library.hpp>

namespace nexus::cuda {
namespace {

Driver open_driver() {
  Driver opened;
#if defined(_WIN32)
  const SharedLibrary library({"nvcuda.dll"});
#else
  const SharedLibrary library({"libcuda.so.1", "libcuda.so"});
#endif
  if (!library.is_open()) {
    opened.problem = concat("NVIDIA's driver is not installed: ", library.problem());
    return opened;
  }
#define NEXUS_CUDA_FUNCTION(NAME, ...) \
  if (!library.load(opened.NAME, #NAME)) opened.problem = "the driver is too old: no " #NAME;
  NEXUS_CUDA_FUNCTIONS(NEXUS_CUDA_FUNCTION)
#undef NEXUS_CUDA_FUNCTION
#define NEXUS_CUDA_FUNCTION(NAME, ...) library.load(opened.NAME, #NAME);
  NEXUS_CUDA_OPTIONAL_FUNCTIONS(NEXUS_CUDA_FUNCTION)
#undef NEXUS_CUDA_FUNCTION
  return opened;
}

std::string text_of(const Driver &from, cu::Result result) {
  const char *name = nullptr, *sentence = nullptr;
  if (from.cuGetErrorName(result, &name) != cu::kSuccess || !name) name = "an unknown error";
  if (from.cuGetErrorString(result, &sentence) != cu::kSuccess || !sentence) sentence = "no text";
  return concat(name, " (", result, "): ", sentence);
}

Driver start_driver() {
  Driver opened = open_driver();
  if (!opened.problem.empty()) return opened;
  const cu::Result result = opened.cuInit(0);
  if (result != cu::kSuccess)
    opened.problem = concat("the driver cannot be initialized: ", text_of(opened, result));
  else if (opened.cuDriverGetVersion(&opened.version) != cu::kSuccess)
    opened.problem = "the driver does not report its version";
  return opened;
}

nxs_status status_of(cu::Result result) {
  switch (result) {
    case cu::kSuccess: return NXS_Success;
    case cu::kInvalidValue: return NXS_InvalidValue;
    case cu::kOutOfMemory: return NXS_MemObjectAllocationFailure;
    case cu::kNoDevice: return NXS_DeviceNotFound;
    case cu::kInvalidDevice: return NXS_InvalidDevice;
    case cu::kInvalidImage:
    case cu::kNoBinaryForGpu:
    case cu::kUnsupportedPtxVersion:
    case cu::kSharedObjectNotFound:
    case cu::kSharedObjectInit: return NXS_InvalidBinary;
    case cu::kInvalidContext: return NXS_InvalidContext;
    case cu::kMapFailed: return NXS_MapFailure;
    case cu::kInvalidPtx: return NXS_BuildProgramFailure;
    case cu::kJitCompilerNotFound:
    case cu::kJitDisabled: return NXS_CompilerNotAvailable;
    case cu::kInvalidSource: return NXS_InvalidProgram;
    case cu::kInvalidHandle: return NXS_InvalidObject;
    case cu::kNotFound: return NXS_InvalidKernelName;
    case cu::kNotPermitted:
    case cu::kNotSupported: return NXS_InvalidOperation;
    // After one of these, no call succeeds in this process any more.
    case cu::kNotInitialized:
    case cu::kDeinitialized:
    case cu::kDeviceUnavailable:
    case cu::kEccUncorrectable:
    case cu::kNvlinkUncorrectable:
    case cu::kContained:
    case cu::kIllegalAddress:
    case cu::kLaunchTimeout:
    case cu::kContextDestroyed:
    case cu::kAssert:
    case cu::kHardwareStackError:
    case cu::kIllegalInstruction:
    case cu::kMisalignedAddress:
    case cu::kInvalidAddressSpace:
    case cu::kInvalidPc:
    case cu::kLaunchFailed:
    case cu::kTensorMemoryLeak:
    case cu::kSystemNotReady:
    case cu::kDriverMismatch:
    case cu::kMpsConnectionFailed:
    case cu::kMpsRpcFailure:
    case cu::kMpsServerNotReady:
    case cu::kMpsClientTerminated:
    case cu::kExternalDevice: return NXS_DeviceNotAvailable;
    default: return NXS_OutOfResources;
  }
}

}  // namespace

const Driver &driver() {
  static const Driver opened = start_driver();
  return opened;
}

std::string describe(cu::Result result) { return text_of(driver(), result); }

Error error_of(cu::Result result, const std::string &what) {
  return Error(status_of(result), concat(what, ": ", describe(result)));
}

}  // namespace nexus::cuda
