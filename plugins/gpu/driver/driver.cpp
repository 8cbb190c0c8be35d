#include "driver/driver.hpp"

namespace nexus::gpu {
namespace {

std::string text_of(const Driver &from, native::Result result) {
  const char *const name = from.errorName(result), *const sentence = from.errorText(result);
  return concat(name ? name : "an unknown error", " (", result,
                "): ", sentence ? sentence : "no text");
}

Driver start_driver() {
  Driver opened = open_driver();
  if (!opened.problem.empty()) return opened;
  const native::Result result = opened.init(0);
  if (result != native::kSuccess)
    opened.problem = concat("the driver cannot be initialized: ", text_of(opened, result));
  else if (opened.driverGetVersion(&opened.version) != native::kSuccess)
    opened.problem = "the driver does not report its version";
  else if (const native::Result counted = opened.deviceGetCount(&opened.devices);
           counted != native::kSuccess)
    opened.problem = concat("the driver does not list its devices: ", text_of(opened, counted));
  return opened;
}

nxs_status status_of(native::Result result) {
  switch (result) {
    case native::kSuccess: return NXS_Success;
    case native::kInvalidValue: return NXS_InvalidValue;
    case native::kOutOfMemory: return NXS_MemObjectAllocationFailure;
    case native::kNoDevice: return NXS_DeviceNotFound;
    case native::kInvalidDevice: return NXS_InvalidDevice;
    case native::kInvalidImage:
    case native::kNoBinaryForGpu:
    case native::kUnsupportedPtxVersion:
    case native::kSharedObjectNotFound:
    case native::kSharedObjectInit: return NXS_InvalidBinary;
    case native::kInvalidContext: return NXS_InvalidContext;
    case native::kMapFailed: return NXS_MapFailure;
    case native::kInvalidPtx: return NXS_BuildProgramFailure;
    case native::kJitCompilerNotFound:
    case native::kJitDisabled: return NXS_CompilerNotAvailable;
    case native::kInvalidSource: return NXS_InvalidProgram;
    case native::kInvalidHandle: return NXS_InvalidObject;
    case native::kNotFound: return NXS_InvalidKernelName;
    case native::kNotPermitted:
    case native::kNotSupported: return NXS_InvalidOperation;
    // After one of these, no call succeeds in this process any more.
    case native::kNotInitialized:
    case native::kDeinitialized:
    case native::kDeviceUnavailable:
    case native::kEccUncorrectable:
    case native::kNvlinkUncorrectable:
    case native::kContained:
    case native::kIllegalAddress:
    case native::kLaunchTimeout:
    case native::kContextDestroyed:
    case native::kAssert:
    case native::kHardwareStackError:
    case native::kIllegalInstruction:
    case native::kMisalignedAddress:
    case native::kInvalidAddressSpace:
    case native::kInvalidPc:
    case native::kLaunchFailed:
    case native::kTensorMemoryLeak:
    case native::kSystemNotReady:
    case native::kDriverMismatch:
    case native::kMpsConnectionFailed:
    case native::kMpsRpcFailure:
    case native::kMpsServerNotReady:
    case native::kMpsClientTerminated:
    case native::kExternalDevice: return NXS_DeviceNotAvailable;
    default: return NXS_OutOfResources;
  }
}

}  // namespace

const Driver &driver() {
  static const Driver opened = start_driver();
  return opened;
}

std::string describe(native::Result result) { return text_of(driver(), result); }

Error error_of(native::Result result, const std::string &what) {
  return Error(status_of(result), concat(what, ": ", describe(result)));
}

}  // namespace nexus::gpu
