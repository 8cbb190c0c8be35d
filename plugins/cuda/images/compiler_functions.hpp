// The functions of NVRTC, NVIDIA's compiler library, that the plugin calls, without nvrtc at
// the start of their names. tests/drivers/cuda_declarations.cpp compares each with nvrtc.h.
#pragma once

#include "images/rtc_functions.hpp"

#define NEXUS_NVRTC_FUNCTIONS(X)                         \
  NEXUS_RTC_FUNCTIONS(X)                                 \
  X(Version, int *, int *)                               \
  X(GetNumSupportedArchs, int *)                         \
  X(GetSupportedArchs, int *)                            \
  X(GetPTXSize, nexus::gpu::RtcProgram, std::size_t *)   \
  X(GetPTX, nexus::gpu::RtcProgram, char *)              \
  X(GetCUBINSize, nexus::gpu::RtcProgram, std::size_t *) \
  X(GetCUBIN, nexus::gpu::RtcProgram, char *)
