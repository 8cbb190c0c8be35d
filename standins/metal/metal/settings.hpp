// Settings of the stand-in: devices, delays, failures.
#pragma once

namespace standin {

// Set by name with metal_standin_set(), or in the environment variable NEXUS_METAL_STANDIN as in
// "devices=2,unified=0". With those that begin with kFail, the n-th use from then on fails.
#define STANDIN_SETTINGS(X)                                                         \
  X(kDevices, devices, 1)                                                           \
  X(kUnified, unified, 1)                                                           \
  /* The major version of the system, which metallibs may need a newer one than. */ \
  X(kSystem, os, 15)                                                                \
  /* How long each command buffer takes at the least, in microseconds. */           \
  X(kSlow, slow_us, 0)                                                              \
  X(kLost, lost, 0)                                                                 \
  /* The MTLCommandBufferError of the runs that fail. */                            \
  X(kErrorCode, error_code, 1)                                                      \
  /* Released objects that are kept, so that their use is noticed. */               \
  X(kKeep, keep, 1024)                                                              \
  X(kFailRun, fail_run, 0)                                                          \
  X(kFailBuffer, fail_buffer, 0)                                                    \
  X(kFailQueue, fail_queue, 0)                                                      \
  X(kFailCommandBuffer, fail_command_buffer, 0)                                     \
  X(kFailEncoder, fail_encoder, 0)                                                  \
  X(kFailEvent, fail_event, 0)                                                      \
  X(kFailLibrary, fail_library, 0)                                                  \
  X(kFailPipeline, fail_pipeline, 0)

enum Setting {
#define X(ID, NAME, VALUE) ID,
  STANDIN_SETTINGS(X)
#undef X
};

long setting(Setting id);
// Returns whether this use must fail.
bool fails(Setting id);

// Number of completed command buffers.
void count_run();

}  // namespace standin
