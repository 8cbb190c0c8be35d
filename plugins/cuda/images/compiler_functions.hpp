// The functions of NVRTC, NVIDIA's compiler library, that the plugin calls.
// tests/drivers/cuda_declarations.cpp compares each with nvrtc.h.
#pragma once

#include <cstddef>

// NVIDIA's name.
struct _nvrtcProgram;  // NOLINT(bugprone-reserved-identifier)

#define NEXUS_NVRTC_FUNCTIONS(X)                                                                \
  X(nvrtcVersion, int *, int *)                                                                 \
  X(nvrtcGetNumSupportedArchs, int *)                                                           \
  X(nvrtcGetSupportedArchs, int *)                                                              \
  X(nvrtcCreateProgram, _nvrtcProgram **, const char *, const char *, int, const char *const *, \
    const char *const *)                                                                        \
  X(nvrtcDestroyProgram, _nvrtcProgram **)                                                      \
  X(nvrtcCompileProgram, _nvrtcProgram *, int, const char *const *)                             \
  X(nvrtcGetPTXSize, _nvrtcProgram *, std::size_t *)                                            \
  X(nvrtcGetPTX, _nvrtcProgram *, char *)                                                       \
  X(nvrtcGetCUBINSize, _nvrtcProgram *, std::size_t *)                                          \
  X(nvrtcGetCUBIN, _nvrtcProgram *, char *)                                                     \
  X(nvrtcGetProgramLogSize, _nvrtcProgram *, std::size_t *)                                     \
  X(nvrtcGetProgramLog, _nvrtcProgram *, char *)
