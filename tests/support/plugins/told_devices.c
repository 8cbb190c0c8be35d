/*
 * The example plugin with the devices that an environment variable lists, TOLD_<its name>: for each
 * a UUID, a comma, a location and a semicolon. What is empty is not answered, and a device whose
 * UUID is "!" has failed.
 */
#include <nexus-api.h>
#define nxsGetRuntimeProperty scratch_GetRuntimeProperty
#define nxsGetDeviceProperty scratch_GetDeviceProperty
#include "scratch_plugin.c"
#undef nxsGetRuntimeProperty
#undef nxsGetDeviceProperty

static const char *told(void) {
  const char *devices = getenv("TOLD_" TOLD_NAME);
  return devices ? devices : "";
}

nxs_status nxsGetRuntimeProperty(nxs_uint property, void *value, size_t *size) {
  answer a = {.size = 0};
  nxs_long count = 0;
  for (const char *at = told(); (at = strchr(at, ';')); ++at) ++count;
  if (property == NP_Name)
    text(&a, TOLD_NAME);
  else if (property == NP_Size)
    number(&a, count);
  else
    return fail(NXS_InvalidProperty, "unknown");
  return give(&a, value, size);
}

nxs_status nxsGetDeviceProperty(nxs_int device, nxs_uint property, void *value, size_t *size) {
  char uuid[128], location[128];
  const char *at = told();
  for (; device > 0 && (at = strchr(at, ';')); --device) ++at;
  if (at == NULL || strchr(at, ';') == NULL) return fail(NXS_InvalidDevice, "there is none");
  const size_t first = strcspn(at, ","), second = strcspn(at + first + 1, ";");
  snprintf(uuid, sizeof uuid, "%.*s", (int)first, at);
  snprintf(location, sizeof location, "%.*s", (int)second, at + first + 1);
  if (*uuid == '!') return fail(NXS_DeviceNotAvailable, "it fell off the bus");
  answer a = {.size = 0};
  if (property == NP_Name)
    text(&a, "Chip");
  else if (property == NP_UUID && *uuid)
    text(&a, uuid);
  else if (property == NP_Location && *location)
    text(&a, location);
  else
    return fail(NXS_InvalidProperty, "unknown");
  return give(&a, value, size);
}
