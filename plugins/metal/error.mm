#include "error.hpp"

namespace nexus::metal {
namespace {

nxs_status status_of_work(NSInteger code) {
  switch (code) {
    case MTLCommandBufferErrorTimeout: return NXS_Timeout;
    case MTLCommandBufferErrorOutOfMemory: return NXS_MemObjectAllocationFailure;
    case MTLCommandBufferErrorInvalidResource: return NXS_InvalidMemObject;
    case MTLCommandBufferErrorAccessRevoked:
    case MTLCommandBufferErrorNotPermitted:
    case MTLCommandBufferErrorDeviceRemoved: return NXS_DeviceNotAvailable;
    default: return NXS_OutOfResources;
  }
}

nxs_status status_of_library(NSInteger code) {
  switch (code) {
    case MTLLibraryErrorUnsupported: return NXS_ImageFormatNotSupported;
    case MTLLibraryErrorCompileWarning:
    case MTLLibraryErrorCompileFailure: return NXS_CompileProgramFailure;
    case MTLLibraryErrorFunctionNotFound: return NXS_InvalidKernelName;
    case MTLLibraryErrorFileNotFound: return NXS_InvalidValue;
    default: return NXS_InvalidBinary;
  }
}

nxs_status status_of(NSError *error) {
  if ([[error domain] isEqualToString:MTLCommandBufferErrorDomain])
    return status_of_work([error code]);
  if ([[error domain] isEqualToString:MTLLibraryErrorDomain])
    return status_of_library([error code]);
  return NXS_OutOfResources;
}

}  // namespace

std::string text_of(NSString *text) { return text ? [text UTF8String] : ""; }

Error error_of(NSError *error, const std::string &what) {
  if (!error) return Error(NXS_OutOfResources, what + ": Metal does not say why");
  return Error(status_of(error),
               concat(what, ": ", text_of([error localizedDescription]), " (",
                      text_of([error domain]), " ", static_cast<nxs_long>([error code]), ")"));
}

}  // namespace nexus::metal
