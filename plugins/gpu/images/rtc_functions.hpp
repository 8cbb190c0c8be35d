// The functions that NVRTC and hiprtc have in common, without these names at their start.
#pragma once

#include <cstddef>

namespace nexus::gpu {

// A source under compilation.
using RtcProgram = struct RtcProgramState *;

}  // namespace nexus::gpu

#define NEXUS_RTC_FUNCTIONS(X)                                                                     \
  X(CreateProgram, nexus::gpu::RtcProgram *, const char *, const char *, int, const char *const *, \
    const char *const *)                                                                           \
  X(DestroyProgram, nexus::gpu::RtcProgram *)                                                      \
  X(CompileProgram, nexus::gpu::RtcProgram, int, const char *const *)                              \
  X(GetProgramLogSize, nexus::gpu::RtcProgram, std::size_t *)                                      \
  X(GetProgramLog, nexus::gpu::RtcProgram, char *)
