/**
 * @file nxs_functions.h
 * Expands the list in _nxs_functions.h three ways: an enum of function numbers, the
 * declarations, and for each function its type (nxsName_t) and pointer type (nxsName_fn).
 * Two more enums say which functions a host requires, and which ones never wait for a device.
 */
#ifndef NXS_FUNCTIONS_H
#define NXS_FUNCTIONS_H

#include <nexus-api/nxs.h>
#include <nexus-api/nxs_platform.h>
#include <nexus-api/nxs_propertys.h>

/** The function numbers, NF_ and the C name. */
typedef enum nxs_function {
#define NEXUS_API_FUNC(RETURN, NAME, ...) NF_nxs##NAME,
#include <nexus-api/_nxs_functions.h>
#undef NEXUS_API_FUNC
  /** How many functions these headers declare. */
  NXS_FUNCTION_CNT,
  /** Number of the functions of the first plugins; those from here on were appended by Nexus. */
  NXS_FUNCTION_CORE_CNT = NF_nxsGetApiVersion,
  /** Length of the prefix of the enumerators' names. */
  NXS_FUNCTION_PREFIX_LEN = 3
} nxs_function;

/**
 * What a host requires of a plugin: the functions that a launch needs. A plugin that lacks one is
 * refused, and the message names it. Everything else may be absent; a host answers the use of an
 * absent function with an error that names it, or does without.
 */
typedef enum nxs_function_required {
  /** Name and number of devices. */
  NFR_nxsGetRuntimeProperty = NF_nxsGetRuntimeProperty,
  /** Identity and limits of a device. */
  NFR_nxsGetDeviceProperty = NF_nxsGetDeviceProperty,
  /** Memory. */
  NFR_nxsCreateBuffer = NF_nxsCreateBuffer,
  /** Data to and from the device. */
  NFR_nxsCopyBuffer = NF_nxsCopyBuffer,
  /** Kernels: one of CreateLibrary and CreateLibraryFromFile is enough. */
  NFR_nxsCreateLibrary = NF_nxsCreateLibrary,
  /** As CreateLibrary. */
  NFR_nxsCreateLibraryFromFile = NF_nxsCreateLibraryFromFile,
  /** The function to run. */
  NFR_nxsGetKernel = NF_nxsGetKernel,
  /** Where commands go. */
  NFR_nxsCreateSchedule = NF_nxsCreateSchedule,
  /** Execution. */
  NFR_nxsRunSchedule = NF_nxsRunSchedule,
  /** The launch of a kernel. */
  NFR_nxsCreateCommand = NF_nxsCreateCommand,
  /** Buffers of a launch. */
  NFR_nxsSetCommandArgument = NF_nxsSetCommandArgument,
  /** Sizes of a launch. */
  NFR_nxsFinalizeCommand = NF_nxsFinalizeCommand
} nxs_function_required;

/**
 * The prompt functions: they never wait for a device, nor for another thread's wait, so a caller
 * may hold a lock of its own around them. All others may wait: RunSchedule, Launch, copies and
 * fills, waits for events, creation of buffers and libraries, and release of buffers, libraries,
 * streams and schedules. Where a device answers the property PromptMemory with 1, creation and
 * release of its buffers are prompt, too, except that copying contents takes its time.
 */
typedef enum nxs_function_prompt {
  /** Reads what the plugin knows. */
  NFP_nxsGetRuntimeProperty = NF_nxsGetRuntimeProperty,
  /** Reads what the plugin knows. */
  NFP_nxsGetDeviceProperty = NF_nxsGetDeviceProperty,
  /** Reads what the plugin knows. */
  NFP_nxsGetBufferProperty = NF_nxsGetBufferProperty,
  /** Reads what the plugin knows. */
  NFP_nxsGetLibraryProperty = NF_nxsGetLibraryProperty,
  /** Reads what the plugin knows. */
  NFP_nxsGetKernelProperty = NF_nxsGetKernelProperty,
  /** Reads what the plugin knows. */
  NFP_nxsGetEventProperty = NF_nxsGetEventProperty,
  /** Reads what the plugin knows. */
  NFP_nxsGetStreamProperty = NF_nxsGetStreamProperty,
  /** Reads what the plugin knows. */
  NFP_nxsGetScheduleProperty = NF_nxsGetScheduleProperty,
  /** Reads what the plugin knows. */
  NFP_nxsGetCommandProperty = NF_nxsGetCommandProperty,
  /** Records on the host. */
  NFP_nxsCreateSchedule = NF_nxsCreateSchedule,
  /** Records on the host. */
  NFP_nxsCreateCommand = NF_nxsCreateCommand,
  /** Records on the host. */
  NFP_nxsCreateSignalCommand = NF_nxsCreateSignalCommand,
  /** Records on the host. */
  NFP_nxsCreateWaitCommand = NF_nxsCreateWaitCommand,
  /** Records on the host. */
  NFP_nxsSetCommandArgument = NF_nxsSetCommandArgument,
  /** Records on the host. */
  NFP_nxsSetCommandScalar = NF_nxsSetCommandScalar,
  /** Records on the host. */
  NFP_nxsFinalizeCommand = NF_nxsFinalizeCommand,
  /** Raises a counter, and submits the work that waited for it. */
  NFP_nxsSignalEvent = NF_nxsSignalEvent,
  /** Drops a handle. */
  NFP_nxsReleaseEvent = NF_nxsReleaseEvent,
  /** Drops a handle. */
  NFP_nxsReleaseKernel = NF_nxsReleaseKernel,
  /** Drops a handle. */
  NFP_nxsReleaseCommand = NF_nxsReleaseCommand,
  /** Reads what the plugin knows. */
  NFP_nxsGetApiVersion = NF_nxsGetApiVersion,
  /** Reads what the plugin knows. */
  NFP_nxsGetLastErrorMessage = NF_nxsGetLastErrorMessage
} nxs_function_prompt;

#define NEXUS_API_FUNC(RETURN, NAME, ...)                  \
  typedef RETURN(NXS_API_CALL nxs##NAME##_t)(__VA_ARGS__); \
  typedef RETURN(NXS_API_CALL *nxs##NAME##_fn)(__VA_ARGS__);
#include <nexus-api/_nxs_functions.h>
#undef NEXUS_API_FUNC

#ifdef __cplusplus
extern "C" {
#endif

#define NEXUS_API_FUNC(RETURN, NAME, ...) \
  NXS_API_EXPORT extern RETURN NXS_API_CALL nxs##NAME(__VA_ARGS__);
#include <nexus-api/_nxs_functions.h>
#undef NEXUS_API_FUNC

#ifdef __cplusplus
}
#endif

#endif /* NXS_FUNCTIONS_H */
