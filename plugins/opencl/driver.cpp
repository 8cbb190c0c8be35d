#include "driver.hpp"

#include <nexus-sdk/base/shared_library.hpp>

namespace nexus::opencl {
namespace {

Driver open_driver() {
  Driver opened;
  const SharedLibrary library({"libOpenCL.so.1"});
  if (!library.is_open()) {
    opened.problem = concat("OpenCL's loader is not installed (apt install ocl-icd-libopencl1): ",
                            library.problem());
    return opened;
  }
  std::string missing;
#define NEXUS_OPENCL_FUNCTION(RETURN, NAME, ...) \
  if (!library.load(opened.NAME, #NAME)) missing = #NAME;
  NEXUS_OPENCL_FUNCTIONS(NEXUS_OPENCL_FUNCTION)
#undef NEXUS_OPENCL_FUNCTION
  if (!missing.empty())
    opened.problem = concat("OpenCL's loader, libOpenCL.so.1, has no ", missing,
                            ": install a newer one, as by apt install ocl-icd-libopencl1");
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

Error error_of(cl::Int result, const std::string &what) {
  return Error(status_of(result), concat(what, ": OpenCL's error ", result));
}

std::string Info::text(cl::Uint which) const {
  cl::Size size = 0;
  // A driver that asks for more than any text has answers nonsense.
  constexpr cl::Size kLongest = cl::Size{1} << 28;
  if (ask_(which, 0, nullptr, &size) != cl::kSuccess || !size || size > kLongest) return {};
  std::string text(size, '\0');
  if (ask_(which, size, text.data(), nullptr) != cl::kSuccess) return {};
  text.resize(std::min(text.find('\0'), text.size()));
  text.erase(0, text.find_first_not_of(' '));
  text.resize(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace nexus::opencl
