#include "adapters.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "../../cuda/driver/memory.hpp"
#include "driver/hip_functions.hpp"
#include "options.hpp"

namespace standin::hip {
namespace native = nexus::gpu::native;

Result cuDriverGetVersion(int *version) {
  if (!version) return native::kInvalidValue;
  *version = options().version;
  return native::kSuccess;
}

Result cuDeviceGetName(char *name, int size, int device) {
  const Result result = ::cuDeviceGetName(name, size, device);
  if (!result)
    std::snprintf(name, static_cast<std::size_t>(size), "AMD Instinct MI210 (stand-in, runs PTX)");
  return result;
}

Result cuDeviceGetUuid_v2(CUuuid *uuid, int device) {
  const Result result = ::cuDeviceGetUuid_v2(uuid, device);
  if (result) return result;
  // AMD's are 16 hexadecimal digits.
  std::memcpy(uuid->bytes, "57a9d1e000000000", sizeof uuid->bytes);
  uuid->bytes[15] = static_cast<char>('0' + device);
  return native::kSuccess;
}

Result cuDeviceGetAttribute(int *value, int attribute, int device) {
  struct Numbers {
    native::Attribute name;
    int nvidia, amd;
  };
#define STANDIN_ATTRIBUTE(NAME, NVIDIA, NUMBER, AMD, AMD_NUMBER) {native::NAME, NUMBER, AMD_NUMBER},
  static constexpr Numbers kNumbers[] = {NEXUS_GPU_ATTRIBUTES(STANDIN_ATTRIBUTE)};
#undef STANDIN_ATTRIBUTE
  for (const Numbers &one : kNumbers) {
    if (one.amd != attribute) continue;
    const Result result =
        ::cuDeviceGetAttribute(value, static_cast<CUdevice_attribute>(one.nvidia), device);
    if (result) return result;
    // gfx90a is 9.0, gfx1030 is 10.3.
    const int processor = std::atoi(options().target.c_str() + 3);
    const int digits = processor < 100 ? processor : processor / 10;
    if (one.name == native::kWarpSize) *value = options().wavefront();
    if (one.name == native::kMajor) *value = digits / 10;
    if (one.name == native::kMinor) *value = digits % 10;
    return native::kSuccess;
  }
  return native::kInvalidValue;
}

Result cuPointerGetAttribute(void *data, int attribute, CUdeviceptr pointer) {
  const Result result =
      ::cuPointerGetAttribute(data, static_cast<CUpointer_attribute>(attribute), pointer);
  // From HIP 6 on, the numbers are NVIDIA's: host 1, device 2; before, host 0, device 1.
  if (!result && attribute == native::kPointerMemoryType && options().is_before_6())
    --*static_cast<unsigned *>(data);
  return result;
}

Result cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned count, int *options,
                          void **values) {
  const char *const bytes = static_cast<const char *>(image);
  for (const std::string_view magic : {"\177ELF", "__CLANG_OFFLOAD_BUNDLE__", "CCOB"})
    if (image && std::strncmp(bytes, magic.data(), magic.size()) == 0) {
      tell("the stand-in runs PTX only: it does not execute the code of AMD's GPUs");
      return native::kNoBinaryForGpu;
    }
  std::array<CUjit_option, 16> names{};
  if (count > names.size()) return native::kInvalidValue;
  for (unsigned i = 0; i < count; ++i) names[i] = static_cast<CUjit_option>(options[i]);
  return ::cuModuleLoadDataEx(module, image, count, names.data(), values);
}

Result get_device(int *device) {
  CUcontext context = nullptr;
  const Result result = cuCtxGetCurrent(&context);
  if (result || !device) return result ? result : native::kInvalidValue;
  *device = context ? context->device : 0;
  return native::kSuccess;
}

Result set_device(int device) {
  CUcontext context = nullptr;
  // Retained each time, and released never: it lives as long as the process.
  const Result result = cuDevicePrimaryCtxRetain(&context, device);
  return result ? result : cuCtxSetCurrent(context);
}

Result copy(CUdeviceptr to, CUdeviceptr from, std::size_t size, int kind, CUstream stream) {
  // Host to host, to a device, from a device, within devices, and whichever it is.
  constexpr int kKinds = 5, kAny = nexus::hip::kCopyByAddress, kInvalidDirection = 21;
  if (kind < 0 || kind >= kKinds) return kInvalidDirection;
  const auto is_on_device = [](CUdeviceptr pointer) {
    Allocation found;
    return address_space().find(pointer, found) && found.kind == MemoryKind::device;
  };
  if (kind != kAny && kind != 2 * is_on_device(from) + is_on_device(to)) return kInvalidDirection;
  return cuMemcpyAsync(to, from, size, stream);
}

// The structure begins with the name.
Result get_properties(void *properties, int device) {
  if (!properties) return native::kInvalidValue;
  char *const bytes = static_cast<char *>(properties);
  std::memset(bytes, 0, nexus::hip::kPropertiesSize);
  const std::string &target = options().target;
  std::memcpy(bytes + nexus::hip::kTargetOffset, target.c_str(), target.size() + 1);
  return cuDeviceGetName(bytes, 256, device);
}

}  // namespace standin::hip
