/* Properties of the runtime, the device and the objects. */
#include <string.h>
#include <unistd.h>

#include "field.h"

static nxs_status text(const char *value, void *out, size_t *size) {
  return answer(value, strlen(value) + 1, 1, out, size);
}

static nxs_status number(nxs_long value, void *out, size_t *size) {
  return answer(&value, sizeof value, 0, out, size);
}

#define KEYS(...)                                                    \
  do {                                                               \
    const nxs_long keys[] = {__VA_ARGS__};                           \
    return answer(keys, sizeof keys, 0, value, property_value_size); \
  } while (0)

nxs_status nxsGetRuntimeProperty(nxs_uint id, void *value, size_t *property_value_size) {
  switch (id) {
    case NP_Name: return text(FIELD_NAME, value, property_value_size);
    case NP_Type: return text("cpu", value, property_value_size);
    case NP_Version: return text("0.2.6", value, property_value_size);
    case NP_Size: return number(1, value, property_value_size);
    case NP_Keys: KEYS(NP_Name, NP_Type, NP_Size, NP_Keys, NP_Version);
    default: return NXS_InvalidProperty;
  }
}

nxs_status nxsGetDeviceProperty(nxs_int device, nxs_uint id, void *value,
                                size_t *property_value_size) {
  if (device != 0) return NXS_InvalidDevice;
  switch (id) {
    case NP_Name: return text("Field CPU", value, property_value_size);
    case NP_Type: return text("cpu", value, property_value_size);
    case NP_Vendor: return text("field", value, property_value_size);
    case NP_Architecture: return text("host", value, property_value_size);
    case NP_Size: /* compilers of the field read the number of cores here */
      return number(sysconf(_SC_NPROCESSORS_ONLN), value, property_value_size);
    case NP_Keys: KEYS(NP_Name, NP_Type, NP_Size, NP_Keys, NP_Vendor, NP_Architecture);
    default: return NXS_InvalidProperty;
  }
}

#ifndef FIELD_NO_GETTERS
nxs_status nxsGetBufferProperty(nxs_int handle, nxs_uint id, void *value,
                                size_t *property_value_size) {
  if (!known(BUFFER, handle)) return NXS_InvalidBuffer;
  const buffer *const it = &buffers[handle];
  switch (id) {
    case NP_Value: return number((nxs_long)(intptr_t)it->data, value, property_value_size);
    case NP_Size: return number((nxs_long)it->size, value, property_value_size);
    case NP_Rank: return number(it->layout.rank, value, property_value_size);
    case NP_Shape:
      return answer(it->layout.dim, it->layout.rank * sizeof(nxs_long), 0, value,
                    property_value_size);
    case NP_Keys: KEYS(NP_Value, NP_Size, NP_Rank, NP_Shape, NP_Keys);
    default: return NXS_InvalidProperty;
  }
}

#define TYPE_ONLY(NAME, KIND, TYPE)                                           \
  nxs_status nxsGet##NAME##Property(nxs_int handle, nxs_uint id, void *value, \
                                    size_t *property_value_size) {            \
    if (!known(KIND, handle)) return NXS_Invalid##NAME;                       \
    if (id == NP_Type) return text(TYPE, value, property_value_size);         \
    if (id == NP_Keys) KEYS(NP_Type, NP_Keys);                                \
    return NXS_InvalidProperty;                                               \
  }
TYPE_ONLY(Library, LIBRARY, "library")
TYPE_ONLY(Kernel, KERNEL, "kernel")

nxs_status nxsGetScheduleProperty(nxs_int handle, nxs_uint id, void *value,
                                  size_t *property_value_size) {
  if (!known(SCHEDULE, handle)) return NXS_InvalidSchedule;
  if (id != NP_ElapsedTime) return NXS_Success; /* and nothing is written (6) */
  pthread_mutex_lock(&lock);
  wait_for_runs(NULL);
  const double elapsed = schedules[handle].elapsed_ms;
  pthread_mutex_unlock(&lock);
  return answer(&elapsed, sizeof elapsed, 0, value, property_value_size);
}
#endif
