// NVIDIA's driver: its functions, the mapping of its errors to statuses, and the current context.
#pragma once

#include <nexus-sdk/base/error.hpp>

#include <string>

#include "driver/driver_functions.hpp"

namespace nexus::cuda {
using namespace sdk;

struct Driver {
#define NEXUS_CUDA_FUNCTION(NAME, ...) cu::Result (*NAME)(__VA_ARGS__) = nullptr;
  NEXUS_CUDA_FUNCTIONS(NEXUS_CUDA_FUNCTION)
  NEXUS_CUDA_OPTIONAL_FUNCTIONS(NEXUS_CUDA_FUNCTION)
#undef NEXUS_CUDA_FUNCTION

  // The driver's version: 1000 * major + 10 * minor.
  int version = 0;
  // Why there is no working driver; empty if there is one.
  std::string problem;
};

// Opened and initialized at the first call.
const Driver &driver();

// The driver's name and description of one of its errors.
std::string describe(cu::Result result);

// One of the driver's errors with the closest status; the message is `what` and the driver's text.
Error error_of(cu::Result result, const std::string &what);

template <class... Parts>
void check(cu::Result result, const Parts &...what) {
  if (result != cu::kSuccess) [[unlikely]]
    throw error_of(result, concat(what...));
}

// Makes a context current for the calling thread, and restores the previous one at the end, since
// other libraries use the thread too. Meanwhile the plugin's calls neither fail because another
// library records a graph, on whichever thread, nor invalidate that recording: the plugin's streams
// are not part of it.
class CurrentContext {
 public:
  explicit CurrentContext(cu::Context context) {
    cu::Context current = nullptr;
    check(driver().cuCtxGetCurrent(&current), "asking for the current context");
    if (current != context) {
      check(driver().cuCtxPushCurrent_v2(context), "making the device's context current");
      pushed_ = true;
    }
    driver().cuThreadExchangeStreamCaptureMode(&capture_mode_);
  }
  CurrentContext(const CurrentContext &) = delete;
  CurrentContext &operator=(const CurrentContext &) = delete;
  ~CurrentContext() {
    driver().cuThreadExchangeStreamCaptureMode(&capture_mode_);
    cu::Context popped;
    if (pushed_) driver().cuCtxPopCurrent_v2(&popped);
  }

 private:
  bool pushed_ = false;
  // The thread's own capture mode, once it has been exchanged.
  int capture_mode_ = cu::kCaptureRelaxed;
};

}  // namespace nexus::cuda
