// The functions of NVRTC, NVIDIA's compiler library, that the plugin calls, without nvrtc at
// the start of their names. tests/drivers/cuda_declarations.cpp compares each with nvrtc.h.
#pragma once

#include <cstddef>

// NVIDIA's name.
struct _nvrtcProgram;  // NOLINT(bugprone-reserved-identifier)

#define NEXUS_NVRTC_FUNCTIONS(X)                                                           \
  X(Version, int *, int *)                                                                 \
  X(GetNumSupportedArchs, int *)                                                           \
  X(GetSupportedArchs, int *)                                                              \
  X(CreateProgram, _nvrtcProgram **, const char *, const char *, int, const char *const *, \
    const char *const *)                                                                   \
  X(DestroyProgram, _nvrtcProgram **)                                                      \
  X(CompileProgram, _nvrtcProgram *, int, const char *const *)                             \
  X(GetPTXSize, _nvrtcProgram *, std::size_t *)                                            \
  X(GetPTX, _nvrtcProgram *, char *)                                                       \
  X(GetCUBINSize, _nvrtcProgram *, std::size_t *)                                          \
  X(GetCUBIN, _nvrtcProgram *, char *)                                                     \
  X(GetProgramLogSize, _nvrtcProgram *, std::size_t *)                                     \
  X(GetProgramLog, _nvrtcProgram *, char *)
