/**
 * @file nxs_functions.h
 * Expands the list in _nxs_functions.h three ways: an enum of function numbers, the
 * declarations, and for each function its type (nxsName_t) and pointer type (nxsName_fn).
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
  /** How many functions these headers know. */
  NXS_FUNCTION_CNT,
  /** How many of them are the core. Those from this number on are optional. */
  NXS_FUNCTION_CORE_CNT = NF_nxsGetApiVersion,
  /** Length of the prefix of the enumerators' names. */
  NXS_FUNCTION_PREFIX_LEN = 3
} nxs_function;

/**
 * Functions of the core that plugins from the field may lack: a host loads such a plugin
 * with a warning. A plugin that lacks any other function of the core is refused.
 */
typedef enum nxs_function_tolerated {
  /** A host that misses it knows nothing of the library. */
  NFT_nxsGetLibraryProperty = NF_nxsGetLibraryProperty,
  /** A host that misses it knows nothing of the event. */
  NFT_nxsGetEventProperty = NF_nxsGetEventProperty,
  /** A host that misses it knows nothing of the stream. */
  NFT_nxsGetStreamProperty = NF_nxsGetStreamProperty,
  /** A host that misses it knows nothing of the command. */
  NFT_nxsGetCommandProperty = NF_nxsGetCommandProperty,
  /** A host that misses it leaves buffers to the end of the process. */
  NFT_nxsReleaseBuffer = NF_nxsReleaseBuffer,
  /** A host that misses it leaves libraries to the end of the process. */
  NFT_nxsReleaseLibrary = NF_nxsReleaseLibrary,
  /** A host that misses it leaves events to the end of the process. */
  NFT_nxsReleaseEvent = NF_nxsReleaseEvent,
  /** A host that misses it leaves streams to the end of the process. */
  NFT_nxsReleaseStream = NF_nxsReleaseStream,
  /** A host that misses it leaves schedules to the end of the process. */
  NFT_nxsReleaseSchedule = NF_nxsReleaseSchedule
} nxs_function_tolerated;

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
