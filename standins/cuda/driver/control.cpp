// The functions for tests.
#include "../standin.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "graphs/graph.hpp"
#include "memory.hpp"
#include "module.hpp"

#define STANDIN_CONTROL __attribute__((visibility("default")))

using namespace standin;

STANDIN_CONTROL long cuStandinLive(const char *kind) {
  const std::string_view name = kind;
  if (name == "contexts") return live<CUctx_st>().count();
  if (name == "allocations") return address_space().count(MemoryKind::device);
  if (name == "host_allocations") return address_space().count(MemoryKind::host);
  if (name == "registered") return address_space().count(MemoryKind::registered);
  if (name == "modules") return live<CUmod_st>().count();
  if (name == "streams")
    return static_cast<long>(
        live<CUstream_st>().select([](const CUstream_st &s) { return !s.is_implicit; }).size());
  if (name == "events") return live<CUevent_st>().count();
  if (name == "graphs") return live<CUgraph_st>().count();
  if (name == "graph_execs") return live<CUgraphExec_st>().count();
  return -1;
}

STANDIN_CONTROL long cuStandinCalls(const char *function) { return calls_of(function); }

STANDIN_CONTROL void cuStandinFailCall(const char *function, long nth, int result, long times) {
  fail_call(function, nth, result, times);
}

STANDIN_CONTROL void cuStandinFailKernel(long nth, int result) { fail_kernel(nth, result); }

STANDIN_CONTROL int cuStandinLoseContext(int device, int result) {
  const auto found = live<CUctx_st>().select(
      [&](const CUctx_st &context) { return context.is_primary && context.device == device; });
  for (const ContextRef &context : found) context->fail(static_cast<CUresult>(result));
  return found.empty() ? -1 : 0;
}

STANDIN_CONTROL void cuStandinDelayStreams(long microseconds) { delay_streams(microseconds); }

STANDIN_CONTROL void cuStandinPassTime(long seconds) { pass_time(seconds); }

STANDIN_CONTROL void cuStandinClearFaults(void) { clear_faults(); }

STANDIN_CONTROL long cuStandinLastWords(char *text, long size) {
  const std::string words = last_words();
  if (size > 0) {
    const std::size_t length = std::min(words.size(), static_cast<std::size_t>(size - 1));
    std::memcpy(text, words.data(), length);
    text[length] = 0;
  }
  return static_cast<long>(words.size());
}
