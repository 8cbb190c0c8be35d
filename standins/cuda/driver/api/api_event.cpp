// Events.
#include "../event_operation.hpp"
#include "../graphs/capture.hpp"

using namespace standin;

namespace standin {

Operation record_operation(std::shared_ptr<CUevent_st> event) {
  return [event]() -> Task {
    struct Record {
      Point point = std::make_shared<Completion>();
      ~Record() { point->finish(CUDA_ERROR_LAUNCH_FAILED); }
    };
    const auto record = std::make_shared<Record>();
    const std::lock_guard guard(event->mutex);
    event->point = record->point;
    event->is_captured = false;
    return [record] { record->point->finish(CUDA_SUCCESS); };
  };
}

}  // namespace standin

namespace {

// A real driver promises to do without a current context for none of these.
std::shared_ptr<CUevent_st> event_of(CUevent handle) {
  current_context();
  const auto event = live<CUevent_st>().get(handle);
  if (const CUresult broken = event->context.error) fail(broken);
  return event;
}

void require_event_not_captured(CUevent_st &event) {
  const std::lock_guard guard(event.mutex);
  const auto capture = event.is_captured ? event.capture.lock() : nullptr;
  if (!capture) return;
  capture->invalidate();
  fail(CUDA_ERROR_CAPTURED_EVENT);
}

void record(CUevent handle, CUstream stream_handle, unsigned flags) {
  const auto event = event_of(handle);
  const StreamRef stream = stream_of(stream_handle);
  require(&stream->context == &event->context, CUDA_ERROR_INVALID_HANDLE);
  if (!(flags & CU_EVENT_RECORD_EXTERNAL) && capture_record(*stream, *event)) return;
  submit(*stream, CU_GRAPH_NODE_TYPE_EVENT_RECORD, record_operation(event));
}

CUresult elapsed(float *milliseconds, CUevent first_handle, CUevent last_handle) {
  require(milliseconds);
  const auto first = event_of(first_handle), last = event_of(last_handle);
  for (const auto &event : {first, last}) {
    require(!(event->flags & CU_EVENT_DISABLE_TIMING), CUDA_ERROR_INVALID_HANDLE);
    require(event->current() != nullptr, CUDA_ERROR_INVALID_HANDLE);
    if (!event->current()->is_done()) return CUDA_ERROR_NOT_READY;
  }
  const auto between = last->current()->time() - first->current()->time();
  *milliseconds = std::chrono::duration<float, std::milli>(between).count();
  return CUDA_SUCCESS;
}

}  // namespace

STANDIN_API cuEventCreate(CUevent *event, unsigned flags) {
  return guarded(__func__, [&] {
    const ContextRef context = current_context();
    require(event && !(flags & ~7u));
    require(!(flags & CU_EVENT_INTERPROCESS) || (flags & CU_EVENT_DISABLE_TIMING));
    *event = live<CUevent_st>().add(std::make_shared<CUevent_st>(*context, flags));
  });
}

STANDIN_API cuEventDestroy_v2(CUevent event) {
  return guarded(__func__, [&] {
    event_of(event);
    live<CUevent_st>().remove(event);
  });
}

STANDIN_API cuEventRecord(CUevent event, CUstream stream) {
  return guarded(__func__, [&] { record(event, stream, 0); });
}

STANDIN_API cuEventRecordWithFlags(CUevent event, CUstream stream, unsigned flags) {
  return guarded(__func__, [&] {
    require(!(flags & ~unsigned{CU_EVENT_RECORD_EXTERNAL}));
    record(event, stream, flags);
  });
}

STANDIN_API cuEventQuery(CUevent handle) {
  return guarded(__func__, [&]() -> CUresult {
    const auto event = event_of(handle);
    require_no_unsafe_capture();
    require_event_not_captured(*event);
    const Point point = event->current();
    if (point && !point->is_done()) return CUDA_ERROR_NOT_READY;
    return event->context.error;
  });
}

STANDIN_API cuEventSynchronize(CUevent handle) {
  return guarded(__func__, [&]() -> CUresult {
    const auto event = event_of(handle);
    require_no_unsafe_capture();
    require_event_not_captured(*event);
    if (const Point point = event->current()) point->wait();
    return event->context.error;
  });
}

STANDIN_API cuEventElapsedTime(float *milliseconds, CUevent first, CUevent last) {
  return guarded(__func__, [&] { return elapsed(milliseconds, first, last); });
}

STANDIN_API cuEventElapsedTime_v2(float *milliseconds, CUevent first, CUevent last) {
  return guarded(__func__, [&] { return elapsed(milliseconds, first, last); });
}
