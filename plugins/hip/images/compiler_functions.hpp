// The functions of hiprtc, AMD's compiler library, that the plugin calls, without hiprtc at the
// start of their names; and those of the library comgr under it, without amd_comgr_.
#pragma once

#include <cstdint>

#include "images/rtc_functions.hpp"

#define NEXUS_HIPRTC_FUNCTIONS(X)                       \
  NEXUS_RTC_FUNCTIONS(X)                                \
  X(GetCodeSize, nexus::gpu::RtcProgram, std::size_t *) \
  X(GetCode, nexus::gpu::RtcProgram, char *)

// amd_comgr_action_info_t.
struct ComgrAction {
  std::uint64_t handle;
};

#define NEXUS_COMGR_FUNCTIONS(X)                         \
  X(create_action_info, ComgrAction *)                   \
  X(action_info_set_isa_name, ComgrAction, const char *) \
  X(destroy_action_info, ComgrAction)
