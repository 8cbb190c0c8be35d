// The functions of hiprtc, AMD's compiler library, that the plugin calls, without hiprtc at the
// start of their names; and those of the library comgr under it, without amd_comgr_.
#pragma once

#include <cstddef>
#include <cstdint>

// AMD's name.
struct _hiprtcProgram;  // NOLINT(bugprone-reserved-identifier)

#define NEXUS_HIPRTC_FUNCTIONS(X)                                                     \
  X(CreateProgram, _hiprtcProgram **, const char *, const char *, int, const char **, \
    const char **)                                                                    \
  X(DestroyProgram, _hiprtcProgram **)                                                \
  X(CompileProgram, _hiprtcProgram *, int, const char **)                             \
  X(GetCodeSize, _hiprtcProgram *, std::size_t *)                                     \
  X(GetCode, _hiprtcProgram *, char *)                                                \
  X(GetProgramLogSize, _hiprtcProgram *, std::size_t *)                               \
  X(GetProgramLog, _hiprtcProgram *, char *)

// amd_comgr_action_info_t.
struct ComgrAction {
  std::uint64_t handle;
};

#define NEXUS_COMGR_FUNCTIONS(X)                         \
  X(create_action_info, ComgrAction *)                   \
  X(action_info_set_isa_name, ComgrAction, const char *) \
  X(destroy_action_info, ComgrAction)
