// A vendor's driver: its functions, the mapping of its errors to statuses, and the current context.
#pragma once

#include <nexus-sdk/base/error.hpp>

#include <array>
#include <string>

#include "driver/driver_functions.hpp"

namespace nexus::gpu {
using namespace sdk;

// The functions of a driver, and what differs between vendors' drivers and their versions.
struct Driver {
#define NEXUS_GPU_FUNCTION(NAME, NVIDIA, AMD, ...) native::Result (*NAME)(__VA_ARGS__) = nullptr;
  NEXUS_GPU_FUNCTIONS(NEXUS_GPU_FUNCTION)
#undef NEXUS_GPU_FUNCTION
#define NEXUS_GPU_FUNCTION(NAME, NVIDIA, ...) native::Result (*NAME)(__VA_ARGS__) = nullptr;
  NEXUS_GPU_SUBSTITUTED_FUNCTIONS(NEXUS_GPU_FUNCTION)
  NEXUS_GPU_NVIDIA_FUNCTIONS(NEXUS_GPU_FUNCTION)
#undef NEXUS_GPU_FUNCTION
  // getLastError resets the error that AMD's runtime remembers for the calling thread, and returns
  // it. errorName and errorText return NULL for an error that the driver does not know.
#define NEXUS_GPU_FUNCTION(NAME, AMD, RESULT, ...) RESULT (*NAME)(__VA_ARGS__) = nullptr;
  NEXUS_GPU_AMD_FUNCTIONS(NEXUS_GPU_FUNCTION)
#undef NEXUS_GPU_FUNCTION

  // The driver's numbers of the attributes of devices.
  std::array<int, native::kAttributeCount> attributes{};
  // The memory type of host memory.
  unsigned host_memory = 1;

  // The version in the vendor's form and the number of devices, once the driver has been
  // initialized.
  int version = 0, devices = 0;
  // Why there is no working driver; empty if there is one.
  std::string problem;
};

// Opens the driver's library. Each plugin defines it for its vendor.
Driver open_driver();

// Opened and initialized at the first call.
const Driver &driver();

// The driver's name and description of one of its errors.
std::string describe(native::Result result);

// One of the driver's errors with the closest status; the message is `what` and the driver's text.
Error error_of(native::Result result, const std::string &what);

template <class... Parts>
void check(native::Result result, const Parts &...what) {
  if (result != native::kSuccess) [[unlikely]]
    throw error_of(result, concat(what...));
}

// Makes a context current for the calling thread, and restores the previous one at the end, since
// other libraries use the thread too. Meanwhile the plugin's calls neither fail because another
// library records a graph, on whichever thread, nor invalidate that recording: the plugin's streams
// are not part of it. Nor do they leave an error behind that another library would take for its
// own.
class CurrentContext {
 public:
  explicit CurrentContext(native::Context context) {
    check(driver().ctxGetCurrent(&previous_), "asking for the current context");
    if (previous_ != context) {
      check(driver().ctxSetCurrent(context), "making the device's context current");
      changed_ = true;
    }
    driver().threadExchangeStreamCaptureMode(&capture_mode_);
    clean_ = driver().peekAtLastError && driver().peekAtLastError() == native::kSuccess;
  }
  CurrentContext(const CurrentContext &) = delete;
  CurrentContext &operator=(const CurrentContext &) = delete;
  ~CurrentContext() {
    driver().threadExchangeStreamCaptureMode(&capture_mode_);
    if (changed_) driver().ctxSetCurrent(previous_);
    if (clean_) driver().getLastError();
  }

 private:
  native::Context previous_ = nullptr;
  bool changed_ = false;
  // Whether the driver remembers errors for the thread, and there was none.
  bool clean_ = false;
  // The thread's own capture mode, once it has been exchanged.
  int capture_mode_ = native::kCaptureRelaxed;
};

}  // namespace nexus::gpu
