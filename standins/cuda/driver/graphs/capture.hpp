// The capture of streams into a graph.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>

#include "graph.hpp"

namespace standin {

struct Capture {
  std::unique_ptr<CUgraph_st> graph;
  CUstream_st *origin;
  CUstreamCaptureMode mode;
  std::thread::id thread;
  unsigned long long id;
  std::atomic<bool> is_valid{true};
  std::vector<StreamRef> streams;

  void invalidate() { is_valid = false; }
};

// Guards the capture states of streams, and the graphs that they are captured into.
std::recursive_mutex &capture_mutex();
bool is_captured(const CUstream_st &stream);

void begin_capture(const StreamRef &stream, CUstreamCaptureMode mode);
// Returns the graph, once all streams have joined the origin.
std::unique_ptr<CUgraph_st> end_capture(const StreamRef &stream);
// Returns false if the stream is not captured.
bool capture_operation(CUstream_st &stream, CUgraphNodeType type, const Operation &operation);
bool capture_record(CUstream_st &stream, CUevent_st &event);
// Returns true if the wait is between captured streams, and is therefore recorded.
bool capture_wait(const StreamRef &stream, CUevent_st &event);

// Fails, and invalidates the capture, if the stream to wait for is captured.
void require_not_captured(CUstream_st &stream);
// Fails, and invalidates the captures, if this thread may not make such a call.
void require_no_unsafe_capture();
// The same for the legacy stream, which would wait for captured streams.
void require_no_blocking_capture(const CUctx_st &context);
CUstreamCaptureMode exchange_mode(CUstreamCaptureMode mode);

}  // namespace standin
