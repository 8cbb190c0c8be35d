// Streams, and their capture.
#include <algorithm>

#include "../graphs/capture.hpp"

using namespace standin;

STANDIN_API cuStreamCreateWithPriority(CUstream *stream, unsigned flags, int priority) {
  return guarded(__func__, [&] {
    const ContextRef context = current_context();
    require(stream && !(flags & ~unsigned{CU_STREAM_NON_BLOCKING}));
    *stream = live<CUstream_st>().add(
        std::make_shared<CUstream_st>(*context, flags, std::clamp(priority, -5, 0)));
  });
}

STANDIN_API cuStreamCreate(CUstream *stream, unsigned flags) {
  return guarded(__func__, [&] { return cuStreamCreateWithPriority(stream, flags, 0); });
}

STANDIN_API cuStreamDestroy_v2(CUstream handle) {
  return guarded(__func__, [&] {
    const StreamRef stream = stream_of(handle);
    require(!stream->is_implicit, CUDA_ERROR_INVALID_HANDLE);
    const std::lock_guard capturing(capture_mutex());
    if (stream->capture) stream->capture->invalidate();
    live<CUstream_st>().remove(handle);
  });
}

STANDIN_API cuStreamSynchronize(CUstream handle) {
  return guarded(__func__, [&] {
    const StreamRef stream = stream_of(handle);
    require_no_unsafe_capture();
    synchronize(*stream);
  });
}

STANDIN_API cuStreamQuery(CUstream handle) {
  return guarded(__func__, [&]() -> CUresult {
    const StreamRef stream = stream_of(handle);
    require_no_unsafe_capture();
    require_not_captured(*stream);
    const std::lock_guard guard(stream->context.order);
    if (stream->last && !stream->last->is_done()) return CUDA_ERROR_NOT_READY;
    return stream->context.error;
  });
}

STANDIN_API cuStreamGetCtx(CUstream handle, CUcontext *context) {
  return guarded(__func__, [&] {
    require(context);
    *context = &stream_of(handle)->context;
  });
}

STANDIN_API cuStreamGetFlags(CUstream handle, unsigned *flags) {
  return guarded(__func__, [&] {
    require(flags);
    *flags = stream_of(handle)->flags;
  });
}

STANDIN_API cuStreamGetPriority(CUstream handle, int *priority) {
  return guarded(__func__, [&] {
    require(priority);
    *priority = stream_of(handle)->priority;
  });
}

STANDIN_API cuStreamGetId(CUstream handle, unsigned long long *id) {
  return guarded(__func__, [&] {
    require(id);
    *id = stream_of(handle)->id;
  });
}

STANDIN_API cuStreamWaitEvent(CUstream handle, CUevent event_handle, unsigned flags) {
  return guarded(__func__, [&] {
    const StreamRef stream = stream_of(handle);
    const auto event = live<CUevent_st>().get(event_handle);
    require(!(flags & ~unsigned{CU_EVENT_WAIT_EXTERNAL}));
    if (!flags && capture_wait(stream, *event)) return;
    submit(*stream, CU_GRAPH_NODE_TYPE_WAIT_EVENT, [event]() -> Task {
      // That which was recorded last when the wait is submitted.
      return [point = event->current()] {
        if (point) point->wait();
      };
    });
  });
}

STANDIN_API cuStreamBeginCapture_v2(CUstream handle, CUstreamCaptureMode mode) {
  return guarded(__func__, [&] { begin_capture(stream_of(handle), mode); });
}

STANDIN_API cuStreamEndCapture(CUstream handle, CUgraph *graph) {
  return guarded(__func__, [&] {
    require(graph);
    *graph = nullptr;
    std::shared_ptr<CUgraph_st> captured = end_capture(stream_of(handle));
    *graph = live<CUgraph_st>().add(std::move(captured));
  });
}

STANDIN_API cuStreamIsCapturing(CUstream handle, CUstreamCaptureStatus *status) {
  return guarded(__func__, [&] {
    require(status);
    const StreamRef stream = stream_of(handle);
    const std::lock_guard capturing(capture_mutex());
    const auto &capture = stream->capture;
    *status = !capture            ? CU_STREAM_CAPTURE_STATUS_NONE
              : capture->is_valid ? CU_STREAM_CAPTURE_STATUS_ACTIVE
                                  : CU_STREAM_CAPTURE_STATUS_INVALIDATED;
  });
}

STANDIN_API cuStreamGetCaptureInfo_v2(CUstream handle, CUstreamCaptureStatus *status,
                                      cuuint64_t *id, CUgraph *graph,
                                      const CUgraphNode **dependencies, std::size_t *count) {
  return guarded(__func__, [&] {
    const StreamRef stream = stream_of(handle);
    const std::lock_guard capturing(capture_mutex());
    if (const CUresult result = cuStreamIsCapturing(handle, status)) fail(result);
    if (*status != CU_STREAM_CAPTURE_STATUS_ACTIVE) return;
    if (id) *id = stream->capture->id;
    if (graph) *graph = stream->capture->graph.get();
    if (dependencies) *dependencies = stream->capture_tail.data();
    if (count) *count = stream->capture_tail.size();
  });
}

STANDIN_API cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode *mode) {
  return guarded(__func__, [&] {
    require(mode);
    *mode = exchange_mode(*mode);
  });
}
