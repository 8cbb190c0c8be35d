// The driver itself, and its devices.
#include <cstdio>
#include <cstring>

#include "../context.hpp"
#include "../device_numbers.hpp"

using namespace standin;

STANDIN_API cuInit(unsigned flags) {
  return guarded(__func__, [&] {
    require(flags == 0);
    initialize();
  });
}

STANDIN_API cuDriverGetVersion(int *version) {
  return guarded(__func__, [&] {
    require(version);
    *version = options().driver;
  });
}

STANDIN_API cuDeviceGetCount(int *count) {
  return guarded(__func__, [&] {
    require_initialized();
    require(count);
    *count = options().devices;
  });
}

STANDIN_API cuDeviceGet(CUdevice *device, int ordinal) {
  return guarded(__func__, [&] {
    require(device);
    device_at(ordinal);
    *device = ordinal;
  });
}

STANDIN_API cuDeviceGetName(char *name, int size, CUdevice device) {
  return guarded(__func__, [&] {
    device_at(device);
    require(name && size > 0);
    std::snprintf(name, static_cast<std::size_t>(size), "NVIDIA H100 (stand-in)");
  });
}

STANDIN_API cuDeviceGetUuid_v2(CUuuid *uuid, CUdevice device) {
  return guarded(__func__, [&] {
    device_at(device);
    require(uuid);
    std::memcpy(uuid->bytes, "cuda-standin-GPU", sizeof uuid->bytes);
    uuid->bytes[15] = static_cast<char>('0' + device);
  });
}

STANDIN_API cuDeviceGetUuid(CUuuid *uuid, CUdevice device) {
  return cuDeviceGetUuid_v2(uuid, device);
}

STANDIN_API cuDeviceGetPCIBusId(char *id, int size, CUdevice device) {
  return guarded(__func__, [&] {
    device_at(device);
    require(id && size > 12);
    std::snprintf(id, static_cast<std::size_t>(size), "0000:%02X:00.0", 0x1b + device);
  });
}

STANDIN_API cuDeviceGetByPCIBusId(CUdevice *device, const char *id) {
  return guarded(__func__, [&] {
    require_initialized();
    unsigned domain = 0, bus = 0;
    require(device && id);
    require(std::sscanf(id, "%x:%x:", &domain, &bus) == 2 && domain == 0);
    const int found = static_cast<int>(bus) - 0x1b;
    device_at(found);
    *device = found;
  });
}

STANDIN_API cuDeviceTotalMem_v2(std::size_t *bytes, CUdevice device) {
  return guarded(__func__, [&] {
    device_at(device);
    require(bytes);
    *bytes = options().memory;
  });
}

STANDIN_API cuDeviceGetAttribute(int *value, CUdevice_attribute attribute, CUdevice device) {
  return guarded(__func__, [&] {
    device_at(device);
    require(value);
    *value = device_attribute(attribute, device);
  });
}

STANDIN_API cuDeviceCanAccessPeer(int *can, CUdevice device, CUdevice peer) {
  return guarded(__func__, [&] {
    device_at(device);
    device_at(peer);
    require(can);
    *can = device != peer;
  });
}

STANDIN_API cuDeviceGetP2PAttribute(int *value, CUdevice_P2PAttribute attribute, CUdevice device,
                                    CUdevice peer) {
  return guarded(__func__, [&] {
    device_at(device);
    device_at(peer);
    require(value && device != peer, CUDA_ERROR_INVALID_DEVICE);
    *value = attribute == CU_DEVICE_P2P_ATTRIBUTE_ACCESS_SUPPORTED;
  });
}
