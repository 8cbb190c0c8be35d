/**
 * A plugin as it is found in the field: it lacks the four tolerated Get functions and all optional
 * functions, answers a short property buffer with NXS_InvalidArgValue, and never tells in *size how
 * much a value takes. What it does otherwise is what scratch_plugin.c does.
 */
#include <nexus-api.h>
#include <string.h>

#define nxsGetRuntimeProperty scratch_GetRuntimeProperty
#define nxsGetDeviceProperty scratch_GetDeviceProperty
#define nxsGetBufferProperty scratch_GetBufferProperty
#define nxsGetKernelProperty scratch_GetKernelProperty
#define nxsGetScheduleProperty scratch_GetScheduleProperty
#define nxsGetLibraryProperty absent_GetLibraryProperty
#define nxsGetEventProperty absent_GetEventProperty
#define nxsGetStreamProperty absent_GetStreamProperty
#define nxsGetCommandProperty absent_GetCommandProperty
#define nxsGetApiVersion absent_GetApiVersion
#define nxsReleaseKernel absent_ReleaseKernel
#define nxsReleaseCommand absent_ReleaseCommand
#define nxsGetLastErrorMessage absent_GetLastErrorMessage
#define nxsWaitEventTimeout absent_WaitEventTimeout
#include "scratch_plugin.c"
#undef nxsGetRuntimeProperty
#undef nxsGetDeviceProperty
#undef nxsGetBufferProperty
#undef nxsGetKernelProperty
#undef nxsGetScheduleProperty

static nxs_status as_in_the_field(nxs_status status, size_t *size, size_t capacity) {
  if (size != NULL) *size = capacity;
  return status == NXS_InvalidArgSize ? NXS_InvalidArgValue : status;
}

#define FIELD_QUERY(NAME)                                                                          \
  nxs_status nxsGet##NAME##Property(nxs_int o, nxs_uint property, void *value, size_t *size) {     \
    const size_t capacity = size ? *size : 0;                                                      \
    if (value == NULL) return NXS_InvalidArgValue;                                                 \
    return as_in_the_field(scratch_Get##NAME##Property(o, property, value, size), size, capacity); \
  }
FIELD_QUERY(Device)
FIELD_QUERY(Buffer)
FIELD_QUERY(Kernel)
FIELD_QUERY(Schedule)

nxs_status nxsGetRuntimeProperty(nxs_uint property, void *value, size_t *size) {
  const size_t capacity = size ? *size : 0;
  if (value == NULL) return NXS_InvalidArgValue;
  if (property == NP_Name) {
    if (capacity < sizeof "field") return NXS_InvalidArgValue;
    memcpy(value, "field", sizeof "field");
    return NXS_Success;
  }
  return as_in_the_field(scratch_GetRuntimeProperty(property, value, size), size, capacity);
}
