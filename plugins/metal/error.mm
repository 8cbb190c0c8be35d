#include "error.hpp"

namespace nexus::metal {
namespace {

nxs_status status_of_work(NSError *error) {
  if (![[error domain] isEqualToString:MTLCommandBufferErrorDomain]) return NXS_OutOfResources;
  switch ([error code]) {
    case MTLCommandBufferErrorTimeout: return NXS_Timeout;
    case MTLCommandBufferErrorOutOfMemory: return NXS_MemObjectAllocationFailure;
    case MTLCommandBufferErrorInvalidResource: return NXS_InvalidMemObject;
    case MTLCommandBufferErrorAccessRevoked:
    case MTLCommandBufferErrorNotPermitted:
    case MTLCommandBufferErrorDeviceRemoved: return NXS_DeviceNotAvailable;
    default: return NXS_OutOfResources;
  }
}

}  // namespace

std::string text_of(NSString *text) { return text ? [text UTF8String] : ""; }

Error error_of(NSError *error, nxs_status status, const std::string &what) {
  if (!error) return Error(status, what + ": Metal gives no reason");
  return Error(status,
               concat(what, ": ", text_of([error localizedDescription]), " (",
                      text_of([error domain]), " ", static_cast<nxs_long>([error code]), ")"));
}

Error error_of_work(NSError *error, const std::string &what) {
  return error_of(error, status_of_work(error), what);
}

}  // namespace nexus::metal
