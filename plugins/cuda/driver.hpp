// NVIDIA's driver: its functions, its errors as statuses, and the context that calls go to.
#pragma once

#include <nexus-sdk/base/error.hpp>

#include <string>

#include "driver_functions.hpp"

namespace nexus::cuda {
using namespace sdk;

struct Driver {
#define NEXUS_CUDA_FUNCTION(NAME, ...) cu::Result (*NAME)(__VA_ARGS__) = nullptr;
  NEXUS_CUDA_FUNCTIONS(NEXUS_CUDA_FUNCTION)
  NEXUS_CUDA_OPTIONAL_FUNCTIONS(NEXUS_CUDA_FUNCTION)
#undef NEXUS_CUDA_FUNCTION

  // As the driver tells it: 1000 * major + 10 * minor.
  int version = 0;
  // Why there is no driver that works; empty where there is one.
  std::string problem;
};

// Opened and initialized at the first call.
const Driver &driver();

// What the driver says of one of its errors: name and sentence.
std::string describe(cu::Result result);

// One of its errors as the status that comes closest, with the driver's text after `what`.
Error error_of(cu::Result result, const std::string &what);

template <class... Parts>
void check(cu::Result result, const Parts &...what) {
  if (result != cu::kSuccess) [[unlikely]]
    throw error_of(result, concat(what...));
}

// Makes a context the thread's current one, and then again the one that was: the thread may be in
// the middle of other libraries' work. As long as it does, another library's recording of a graph,
// which may be under way on any thread, neither refuses the plugin's calls nor is spoiled by them:
// the plugin's streams have no part in it.
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
  // That of the thread, once it is exchanged.
  int capture_mode_ = cu::kCaptureRelaxed;
};

}  // namespace nexus::cuda
