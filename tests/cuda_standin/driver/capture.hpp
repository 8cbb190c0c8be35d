// The capture of streams into a graph.
#pragma once

#include <thread>

#include "graph.hpp"

namespace standin {

struct Capture {
  std::unique_ptr<CUgraph_st> graph;
  CUstream_st *origin;
  CUstreamCaptureMode mode;
  std::thread::id thread;
  unsigned long long id;
  bool is_valid = true;
  std::vector<StreamRef> streams;

  void invalidate() { is_valid = false; }
};

void begin_capture(const StreamRef &stream, CUstreamCaptureMode mode);
// The graph, once all streams have come together in the origin again.
std::unique_ptr<CUgraph_st> end_capture(const StreamRef &stream);
void capture_operation(CUstream_st &stream, CUgraphNodeType type, const Operation &operation);
void capture_record(CUstream_st &stream, CUevent_st &event);
// True where the wait is one between captured streams, and thereby done.
bool capture_wait(const StreamRef &stream, CUevent_st &event);

// Fails and spoils the captures where a call of this kind is not allowed in this thread.
void require_no_unsafe_capture();
// The same of the legacy stream, which would wait for the captured ones.
void require_no_blocking_capture(const CUctx_st &context);
CUstreamCaptureMode exchange_mode(CUstreamCaptureMode mode);

}  // namespace standin
