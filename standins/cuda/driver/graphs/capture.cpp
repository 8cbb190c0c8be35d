#include "capture.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace standin {
namespace {

thread_local CUstreamCaptureMode thread_mode = CU_STREAM_CAPTURE_MODE_GLOBAL;

std::vector<StreamRef> captured_streams() {
  return live<CUstream_st>().select([](const CUstream_st &stream) { return bool(stream.capture); });
}

void leave(Capture &capture) {
  for (const StreamRef &stream : std::exchange(capture.streams, {})) {
    stream->capture_tail.clear();
    stream->capture = nullptr;
  }
}

}  // namespace

std::recursive_mutex &capture_mutex() {
  static auto *const mutex = new std::recursive_mutex;
  return *mutex;
}

bool is_captured(const CUstream_st &stream) {
  const std::lock_guard capturing(capture_mutex());
  return stream.capture != nullptr;
}

void begin_capture(const StreamRef &stream, CUstreamCaptureMode mode) {
  const std::lock_guard capturing(capture_mutex());
  require(!stream->is_legacy, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  require(!stream->capture, CUDA_ERROR_ILLEGAL_STATE);
  static std::atomic<unsigned long long> last_id{0};
  auto capture = std::make_shared<Capture>();
  capture->graph = std::make_unique<CUgraph_st>();
  capture->origin = stream.get();
  capture->mode = mode;
  capture->thread = std::this_thread::get_id();
  capture->id = ++last_id;
  capture->streams = {stream};
  stream->capture = capture;
}

std::unique_ptr<CUgraph_st> end_capture(const StreamRef &stream) {
  const std::lock_guard capturing(capture_mutex());
  require(bool(stream->capture), CUDA_ERROR_ILLEGAL_STATE);
  const std::shared_ptr<Capture> capture = stream->capture;
  require(capture->origin == stream.get(), CUDA_ERROR_STREAM_CAPTURE_UNMATCHED);
  require(capture->mode == CU_STREAM_CAPTURE_MODE_RELAXED ||
              capture->thread == std::this_thread::get_id(),
          CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD);
  // Nodes that no other depends on are where streams stand; all must be the origin's.
  std::vector<CUgraphNode> depended = stream->capture_tail;
  for (const auto &node : capture->graph->nodes)
    depended.insert(depended.end(), node->dependencies.begin(), node->dependencies.end());
  const auto &nodes = capture->graph->nodes;
  const bool joined = std::all_of(nodes.begin(), nodes.end(), [&](const auto &node) {
    return std::find(depended.begin(), depended.end(), node.get()) != depended.end();
  });
  leave(*capture);
  require(capture->is_valid, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  require(joined, CUDA_ERROR_STREAM_CAPTURE_UNJOINED);
  return std::move(capture->graph);
}

bool capture_operation(CUstream_st &stream, CUgraphNodeType type, const Operation &operation) {
  const std::lock_guard capturing(capture_mutex());
  if (!stream.capture) return false;
  require(stream.capture->is_valid, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  stream.capture_tail = {stream.capture->graph->add(type, stream.capture_tail, operation)};
  return true;
}

bool capture_record(CUstream_st &stream, CUevent_st &event) {
  const std::lock_guard capturing(capture_mutex());
  if (!stream.capture) return false;
  const std::lock_guard guard(event.mutex);
  event.capture = stream.capture;
  event.is_captured = true;
  event.capture_tail = stream.capture_tail;
  return true;
}

void require_not_captured(CUstream_st &stream) {
  const std::lock_guard capturing(capture_mutex());
  if (!stream.capture) return;
  stream.capture->invalidate();
  fail(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
}

bool capture_wait(const StreamRef &stream, CUevent_st &event) {
  const std::lock_guard capturing(capture_mutex());
  const std::lock_guard guard(event.mutex);
  const std::shared_ptr<Capture> capture = event.is_captured ? event.capture.lock() : nullptr;
  if (!capture || !capture->graph) {
    if (!stream->capture) return false;
    // What was submitted outside would have to be waited for inside.
    stream->capture->invalidate();
    fail(CUDA_ERROR_STREAM_CAPTURE_ISOLATION);
  }
  if (stream->is_legacy) {
    capture->invalidate();
    fail(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
  }
  if (!stream->capture) {
    stream->capture = capture;
    capture->streams.push_back(stream);
  }
  if (stream->capture != capture) {
    stream->capture->invalidate();
    capture->invalidate();
    fail(CUDA_ERROR_STREAM_CAPTURE_MERGE);
  }
  for (CUgraphNode node : event.capture_tail)
    if (std::find(stream->capture_tail.begin(), stream->capture_tail.end(), node) ==
        stream->capture_tail.end())
      stream->capture_tail.push_back(node);
  return true;
}

void require_no_unsafe_capture() {
  if (thread_mode == CU_STREAM_CAPTURE_MODE_RELAXED) return;
  const std::lock_guard capturing(capture_mutex());
  bool found = false;
  for (const StreamRef &stream : captured_streams()) {
    Capture &capture = *stream->capture;
    const bool own = capture.thread == std::this_thread::get_id();
    const bool forbids = (capture.mode == CU_STREAM_CAPTURE_MODE_GLOBAL &&
                          (own || thread_mode == CU_STREAM_CAPTURE_MODE_GLOBAL)) ||
                         (capture.mode == CU_STREAM_CAPTURE_MODE_THREAD_LOCAL && own);
    if (!forbids) continue;
    capture.invalidate();
    found = true;
  }
  require(!found, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
}

void require_no_blocking_capture(const CUctx_st &context) {
  const std::lock_guard capturing(capture_mutex());
  bool found = false;
  for (const StreamRef &stream : captured_streams()) {
    if (&stream->context != &context || !stream->is_blocking()) continue;
    stream->capture->invalidate();
    found = true;
  }
  require(!found, CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
}

CUstreamCaptureMode exchange_mode(CUstreamCaptureMode mode) {
  return std::exchange(thread_mode, mode);
}

}  // namespace standin
