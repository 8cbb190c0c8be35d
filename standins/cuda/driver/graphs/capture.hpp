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

// Guards what streams say of their capture, and the graphs that they are captured into.
std::recursive_mutex &capture_mutex();
bool is_captured(const CUstream_st &stream);

void begin_capture(const StreamRef &stream, CUstreamCaptureMode mode);
// The graph, once all streams have come together in the origin again.
std::unique_ptr<CUgraph_st> end_capture(const StreamRef &stream);
// False where the stream is not captured.
bool capture_operation(CUstream_st &stream, CUgraphNodeType type, const Operation &operation);
bool capture_record(CUstream_st &stream, CUevent_st &event);
// True where the wait is one between captured streams, and thereby done.
bool capture_wait(const StreamRef &stream, CUevent_st &event);

// Fails and spoils the capture of a stream that was to be waited for.
void require_not_captured(CUstream_st &stream);
// Fails and spoils the captures where a call of this kind is not allowed in this thread.
void require_no_unsafe_capture();
// The same of the legacy stream, which would wait for the captured ones.
void require_no_blocking_capture(const CUctx_st &context);
CUstreamCaptureMode exchange_mode(CUstreamCaptureMode mode);

}  // namespace standin
