/* A stand-in for NVIDIA's management library: the functions that the plugin calls. */
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

struct utilization {
  unsigned gpu, memory;
};
struct memory_info {
  unsigned long long total, free, used;
};

static int started;

EXPORT int nvmlInit_v2(void) { return started = 1, 0; }

/* Devices are identified by their PCI address; only one is known here. */
EXPORT int nvmlDeviceGetHandleByPciBusId_v2(const char *bus_id, void **device) {
  if (!started) return 1;
  if (!strstr(bus_id, ":1B:") && !strstr(bus_id, ":1b:")) return 6;
  *device = &started;
  return 0;
}

EXPORT int nvmlDeviceGetUtilizationRates(void *device, struct utilization *rates) {
  if (device != &started) return 2;
  *rates = (struct utilization){37, 90};
  return 0;
}

EXPORT int nvmlDeviceGetMemoryInfo(void *device, struct memory_info *info) {
  if (device != &started) return 2;
  *info = (struct memory_info){80, 60, 20};
  return 0;
}

/* In milliwatts. */
EXPORT int nvmlDeviceGetEnforcedPowerLimit(void *device, unsigned *limit) {
  if (device != &started) return 2;
  *limit = 700500;
  return 0;
}
