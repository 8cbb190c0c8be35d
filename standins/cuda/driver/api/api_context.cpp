// Contexts.
#include "../context.hpp"
#include "../graphs/capture.hpp"

using namespace standin;

namespace {

ContextRef context_named(CUcontext handle) {
  require_initialized();
  try {
    return live<CUctx_st>().get(handle);
  } catch (const Failure &) {
    fail(CUDA_ERROR_INVALID_CONTEXT);
  }
}

void create(CUcontext *context, unsigned flags, CUdevice device) {
  device_at(device);
  require(context);
  *context = make_context(device, flags, false).get();
  context_stack().push_back(*context);
}

}  // namespace

STANDIN_API cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice handle) {
  return guarded(__func__, [&] {
    Device &device = device_at(handle);
    require(context);
    const std::lock_guard guard(device.mutex);
    if (!device.primary) device.primary = make_context(handle, device.flags, true);
    ++device.retained;
    *context = device.primary.get();
  });
}

STANDIN_API cuDevicePrimaryCtxRelease_v2(CUdevice handle) {
  return guarded(__func__, [&] {
    Device &device = device_at(handle);
    const std::lock_guard guard(device.mutex);
    require(device.retained > 0, CUDA_ERROR_INVALID_CONTEXT);
    if (--device.retained) return;
    destroy_context(device.primary);
    device.primary = nullptr;
  });
}

STANDIN_API cuDevicePrimaryCtxReset_v2(CUdevice handle) {
  return guarded(__func__, [&] {
    Device &device = device_at(handle);
    const std::lock_guard guard(device.mutex);
    if (!device.primary) return;
    destroy_context(device.primary);
    device.primary = nullptr;
    device.retained = 0;
  });
}

STANDIN_API cuDevicePrimaryCtxGetState(CUdevice handle, unsigned *flags, int *active) {
  return guarded(__func__, [&] {
    Device &device = device_at(handle);
    require(flags && active);
    const std::lock_guard guard(device.mutex);
    *flags = device.flags;
    *active = device.primary != nullptr;
  });
}

STANDIN_API cuDevicePrimaryCtxSetFlags_v2(CUdevice handle, unsigned flags) {
  return guarded(__func__, [&] {
    Device &device = device_at(handle);
    require(!(flags & ~unsigned{CU_CTX_FLAGS_MASK}));
    const std::lock_guard guard(device.mutex);
    device.flags = flags;
    if (device.primary) device.primary->flags = flags;
  });
}

STANDIN_API cuCtxCreate_v2(CUcontext *context, unsigned flags, CUdevice device) {
  return guarded(__func__, [&] { create(context, flags, device); });
}

STANDIN_API cuCtxCreate_v4(CUcontext *context, CUctxCreateParams *parameters, unsigned flags,
                           CUdevice device) {
  return guarded(__func__, [&] {
    require(!parameters || !parameters->numExecAffinityParams, CUDA_ERROR_NOT_SUPPORTED);
    create(context, flags, device);
  });
}

STANDIN_API cuCtxDestroy_v2(CUcontext handle) {
  return guarded(__func__, [&] {
    const ContextRef context = context_named(handle);
    require(!context->is_primary, CUDA_ERROR_INVALID_CONTEXT);
    auto &stack = context_stack();
    if (!stack.empty() && stack.back() == handle) stack.pop_back();
    destroy_context(context);
  });
}

STANDIN_API cuCtxSetCurrent(CUcontext context) {
  return guarded(__func__, [&] {
    require_initialized();
    if (context) context_named(context);
    auto &stack = context_stack();
    if (!stack.empty()) stack.pop_back();
    if (context) stack.push_back(context);
  });
}

STANDIN_API cuCtxGetCurrent(CUcontext *context) {
  return guarded(__func__, [&] {
    require_initialized();
    require(context);
    *context = context_stack().empty() ? nullptr : context_stack().back();
  });
}

STANDIN_API cuCtxPushCurrent_v2(CUcontext context) {
  return guarded(__func__, [&] {
    context_named(context);
    context_stack().push_back(context);
  });
}

STANDIN_API cuCtxPopCurrent_v2(CUcontext *context) {
  return guarded(__func__, [&] {
    require_initialized();
    auto &stack = context_stack();
    require(!stack.empty(), CUDA_ERROR_INVALID_CONTEXT);
    if (context) *context = stack.back();
    stack.pop_back();
  });
}

STANDIN_API cuCtxGetDevice(CUdevice *device) {
  return guarded(__func__, [&] {
    require(device);
    *device = current_context()->device;
  });
}

STANDIN_API cuCtxGetFlags(unsigned *flags) {
  return guarded(__func__, [&] {
    require(flags);
    *flags = current_context()->flags;
  });
}

STANDIN_API cuCtxGetApiVersion(CUcontext context, unsigned *version) {
  return guarded(__func__, [&] {
    require(version);
    if (context)
      context_named(context);
    else
      current_context();
    *version = 3020;
  });
}

STANDIN_API cuCtxGetStreamPriorityRange(int *least, int *greatest) {
  return guarded(__func__, [&] {
    current_context();
    if (least) *least = 0;
    if (greatest) *greatest = -5;
  });
}

STANDIN_API cuCtxSynchronize() {
  return guarded(__func__, [&] {
    const ContextRef context = current_context();
    require_no_unsafe_capture();
    return context->drain();
  });
}

STANDIN_API cuCtxEnablePeerAccess(CUcontext peer, unsigned flags) {
  return guarded(__func__, [&] {
    const ContextRef context = current_context();
    const int other = context_named(peer)->device;
    require(flags == 0);
    require(other != context->device, CUDA_ERROR_INVALID_DEVICE);
    const std::lock_guard guard(context->mutex);
    require(context->peers.insert(other).second, CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED);
  });
}

STANDIN_API cuCtxDisablePeerAccess(CUcontext peer) {
  return guarded(__func__, [&] {
    const ContextRef context = current_context();
    const int other = context_named(peer)->device;
    const std::lock_guard guard(context->mutex);
    require(context->peers.erase(other) == 1, CUDA_ERROR_PEER_ACCESS_NOT_ENABLED);
  });
}
