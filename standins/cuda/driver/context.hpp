// Devices and contexts.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "api/api.hpp"
#include "live.hpp"
#include "stream.hpp"

struct CUctx_st {
  CUctx_st(int device, unsigned flags, bool is_primary);

  // Whether kernels may use that device's memory.
  bool reaches(int other) {
    const std::lock_guard guard(mutex);
    return other == device || peers.contains(other);
  }
  // Waits for all streams.
  CUresult drain();
  void fail(CUresult result) {
    CUresult none = CUDA_SUCCESS;
    error.compare_exchange_strong(none, result);
  }

  const int device;
  unsigned flags;
  const bool is_primary;
  // What has broken it; every call fails with it.
  std::atomic<CUresult> error{CUDA_SUCCESS};
  // Makes its kernels and waits end.
  std::atomic<bool> stopping{false};

  std::mutex mutex;
  std::set<int> peers;
  // Orders submissions, since the legacy stream and the others wait for each other.
  std::mutex order;
  standin::StreamRef legacy;
};

namespace standin {

using ContextRef = std::shared_ptr<CUctx_st>;

struct Device {
  std::mutex mutex;
  ContextRef primary;
  int retained = 0;
  unsigned flags = 0;
};

void initialize();
// Fails unless the driver was initialized in this process.
void require_initialized();
Device &device_at(CUdevice device);

// The thread's stack of contexts; the top is current.
std::vector<CUcontext> &context_stack();
// The current context; fails where there is none, and with what has broken it.
ContextRef current_context();
ContextRef make_context(int device, unsigned flags, bool is_primary);
// Ends its work, and frees all that is in it.
void destroy_context(const ContextRef &context);

}  // namespace standin
