#include "device.hpp"

#include <ctime>
#include <mutex>

#include "buffer.hpp"
#include "command_queue.hpp"
#include "event.hpp"
#include "library.hpp"
#include "pipeline.hpp"
#include "settings.hpp"

STANDIN_CLASS(MTLArchitecture)

using namespace standin;

namespace {

constexpr long kApple7 = 1007, kApple9 = 1009, kCommon1 = 3001, kCommon3 = 3003, kMac2 = 2002,
               kMetal3 = 5001;

struct Architecture : Object {
  Architecture() : Object(MTLArchitecture, Lifetime::kProcess) {}
  Object *name() const { return string("applegpu_standin"); }
};

Object *name(Device *self, SEL) { return string("Stand-in GPU " + std::to_string(self->index)); }
unsigned long registry_id(Device *self, SEL) { return 0x100000000 + self->index; }
Object *architecture(Device *, SEL) {
  static auto &value = *new Architecture;
  return returned(&value);
}
bool supports_family(Device *, SEL, long family) {
  return (family > 1000 && family <= kApple9) || family == kMac2 ||
         (family >= kCommon1 && family <= kCommon3) || family == kMetal3;
}
void sample_timestamps(Device *, SEL, unsigned long *cpu, unsigned long *gpu) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  *cpu = *gpu = static_cast<unsigned long>(now.tv_sec) * 1'000'000'000 +
                static_cast<unsigned long>(now.tv_nsec);
}
bool yes_if_discrete(Device *, SEL) { return !setting(kUnified); }
bool no(Device *, SEL) { return false; }

template <unsigned long kValue>
unsigned long number(Device *, SEL) {
  return kValue;
}

}  // namespace

Device::Device(unsigned index) : Object(StandinDevice, Lifetime::kProcess), index(index) {}

Device &Device::at(unsigned index) {
  static auto &mutex = *new std::mutex;
  static auto &devices = *new std::vector<Device *>;
  const std::lock_guard lock(mutex);
  while (devices.size() <= index)
    devices.push_back(new Device(static_cast<unsigned>(devices.size())));
  return *devices[index];
}

STANDIN_DEFINE_CLASS(MTLArchitecture, &NSObject, destroy<Architecture>,
                     {method<&Architecture::name>("name")})
STANDIN_DEFINE_CLASS(
    StandinDevice, &NSObject, destroy<Device>,
    {
        method("name", name),
        method("registryID", registry_id),
        method("architecture", architecture),
        method("supportsFamily:", supports_family),
        method(
            "maxThreadsPerThreadgroup", +[](Device *, SEL) { return Device::kMaxThreads; }),
        method("maxThreadgroupMemoryLength", number<Device::kMaxGroupMemory>),
        method("maxBufferLength", number<Device::kMaxBuffer>),
        method("recommendedMaxWorkingSetSize", number<Device::kWorkingSet>),
        method(
            "currentAllocatedSize",
            +[](Device *, SEL) { return static_cast<unsigned long>(allocated_bytes()); }),
        method(
            "hasUnifiedMemory", +[](Device *, SEL) { return setting(kUnified) != 0; }),
        method("isLowPower", no),
        method("isHeadless", no),
        method("isRemovable", yes_if_discrete),
        method("location", number<0>),
        method("locationNumber", number<0>),
        method("maxTransferRate", number<0>),
        method("sampleTimestamps:gpuTimestamp:", sample_timestamps),
        method("newBufferWithLength:options:", Buffer::allocate),
        method("newBufferWithBytes:length:options:", Buffer::copy),
        method("newBufferWithBytesNoCopy:length:options:deallocator:", Buffer::wrap),
        method("newLibraryWithSource:options:error:", Library::from_source),
        method("newLibraryWithData:error:", Library::from_data),
        method("newLibraryWithURL:error:", Library::from_file),
        method("newComputePipelineStateWithFunction:error:", Pipeline::create),
        method("newComputePipelineStateWithFunction:options:reflection:error:",
               Pipeline::create_with_reflection),
        method("newCommandQueue", CommandQueue::create),
        method("newCommandQueueWithMaxCommandBufferCount:", CommandQueue::create_with_limit),
        method("newEvent", Event::create),
        method("newSharedEvent", Event::create),
    })

STANDIN_EXPORT Object *MTLCreateSystemDefaultDevice() {
  return setting(kDevices) ? static_cast<Object *>(retain(&Device::at(0))) : nullptr;
}

STANDIN_EXPORT Object *MTLCopyAllDevices() {
  std::vector<Strong<Object>> devices;
  for (long i = 0; i < setting(kDevices); ++i)
    devices.emplace_back(&Device::at(static_cast<unsigned>(i)));
  return new Array(std::move(devices));
}
