#include "context.hpp"

#include <pthread.h>

#include <deque>

#include "graphs/graph.hpp"
#include "memory.hpp"
#include "module.hpp"

CUctx_st::CUctx_st(int device, unsigned flags, bool is_primary)
    : device(device), flags(flags), is_primary(is_primary) {
  legacy = std::make_shared<CUstream_st>(*this, 0, 0);
  legacy->is_legacy = legacy->is_implicit = true;
}

CUresult CUctx_st::drain() {
  std::vector<standin::Point> points;
  {
    const std::lock_guard guard(order);
    if (legacy->last) points.push_back(legacy->last);
    for (const auto &stream : standin::live<CUstream_st>().select(
             [&](const CUstream_st &one) { return &one.context == this; }))
      if (stream->last) points.push_back(stream->last);
  }
  for (const auto &point : points) point->wait();
  return error;
}

namespace standin {
namespace {

struct State {
  std::atomic<bool> is_initialized{false};
  std::deque<Device> devices;
  // All that there ever were: threads of streams refer to them, and no handle is given twice.
  std::mutex mutex;
  std::vector<ContextRef> contexts;
};

State &state() {
  static State *const made = new State;
  return *made;
}

}  // namespace

void initialize() {
  require(options().devices > 0, CUDA_ERROR_NO_DEVICE);
  State &all = state();
  static std::once_flag once;
  std::call_once(once, [&] {
    all.devices.resize(static_cast<std::size_t>(options().devices));
    // A driver does not survive a fork: the child has none of its threads.
    pthread_atfork(nullptr, nullptr, [] { state().is_initialized = false; });
    all.is_initialized = true;
  });
  require_initialized();
}

void require_initialized() { require(state().is_initialized, CUDA_ERROR_NOT_INITIALIZED); }

Device &device_at(CUdevice device) {
  require_initialized();
  State &all = state();
  require(device >= 0 && static_cast<std::size_t>(device) < all.devices.size(),
          CUDA_ERROR_INVALID_DEVICE);
  return all.devices[static_cast<std::size_t>(device)];
}

std::vector<CUcontext> &context_stack() {
  thread_local std::vector<CUcontext> stack;
  return stack;
}

ContextRef current_context() {
  require_initialized();
  require(!context_stack().empty(), CUDA_ERROR_INVALID_CONTEXT);
  ContextRef context;
  try {
    context = live<CUctx_st>().get(context_stack().back());
  } catch (const Failure &) {
    fail(CUDA_ERROR_CONTEXT_IS_DESTROYED);
  }
  if (const CUresult broken = context->error) fail(broken);
  return context;
}

ContextRef make_context(int device, unsigned flags, bool is_primary) {
  auto context = std::make_shared<CUctx_st>(device, flags, is_primary);
  live<CUctx_st>().add(context);
  const std::lock_guard guard(state().mutex);
  state().contexts.push_back(context);
  return context;
}

void destroy_context(const ContextRef &context) {
  context->stopping = true;
  context->drain();
  const auto is_in = [&](const auto &object) { return &object.context == context.get(); };
  for (const auto &one : live<CUgraphExec_st>().select(is_in))
    live<CUgraphExec_st>().remove(one.get());
  for (const auto &one : live<CUmod_st>().select(is_in)) live<CUmod_st>().remove(one.get());
  for (const auto &one : live<CUevent_st>().select(is_in)) live<CUevent_st>().remove(one.get());
  for (const auto &one : live<CUstream_st>().select(is_in)) live<CUstream_st>().remove(one.get());
  address_space().release_all(context.get());
  context->legacy->worker->stop();
  live<CUctx_st>().remove(context.get());
}

}  // namespace standin
