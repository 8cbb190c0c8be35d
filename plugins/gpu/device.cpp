#include "device.hpp"

#include <nexus-sdk/hardware/addresses.hpp>

#include <array>
#include <cstring>

#include "buffer.hpp"
#include "library.hpp"
#include "queue.hpp"
#include "record.hpp"

namespace nexus::gpu {
using namespace sdk;
namespace {

std::string name_of(native::Device device) {
  std::array<char, 256> name{};
  check(driver().deviceGetName(name.data(), name.size() - 1, device), "asking for a name");
  return name.data();
}

std::string bus_id_of(native::Device device) {
  std::array<char, 32> id{};
  check(driver().deviceGetPCIBusId(id.data(), id.size() - 1, device), "asking for a PCI address");
  return id.data();
}

// The UUID in the format of nvidia-smi.
std::string uuid_of(native::Device device) {
  native::Uuid uuid{};
  check(driver().deviceGetUuid(&uuid, device), "asking for a UUID");
  std::array<unsigned char, sizeof uuid.bytes> bytes;
  std::memcpy(bytes.data(), uuid.bytes, bytes.size());
  return "GPU-" + uuid_text(bytes);
}

nxs_long memory_of(native::Device device) {
  std::size_t size = 0;
  check(driver().deviceTotalMem(&size, device), "asking for the size of the memory");
  return static_cast<nxs_long>(size);
}

// The driver returns milliseconds as a float, whose resolution after a minute is a few
// microseconds. So times are measured from a recent event.
constexpr nxs_long kFarthestOrigin = 100'000'000;

nxs_long nanoseconds(const RecordedEvent &from, const RecordedEvent &to) {
  float milliseconds = 0;
  check(driver().eventElapsedTime(&milliseconds, from.handle, to.handle), "measuring time");
  return static_cast<nxs_long>(static_cast<double>(milliseconds) * 1e6);
}

}  // namespace

GpuDevice::GpuDevice(native::Device device) : bus_id(bus_id_of(device)), device_(device) {}

GpuDevice::~GpuDevice() = default;

nxs_long GpuDevice::attribute(native::Attribute which) const {
  int value = 0;
  const native::Result result =
      driver().deviceGetAttribute(&value, driver().attributes[which], device_);
  if (result == native::kInvalidValue) return 0;
  check(result, "asking about the device");
  return value;
}

nxs_long GpuDevice::max_shared_memory() const {
  return attribute(driver().funcSetAttribute ? native::kMaxSharedPerBlockOptin
                                             : native::kMaxSharedPerBlock);
}

Property GpuDevice::property(nxs_property id) const {
  switch (id) {
    case NP_Name: return name_of(device_);
    case NP_Type: return std::string("gpu");
    case NP_MajorVersion: return integer(attribute(native::kMajor));
    case NP_MinorVersion: return integer(attribute(native::kMinor));
    case NP_Location: return bus_id;
    case NP_UUID: return uuid_of(device_);
    case NP_Count: return integer(attribute(native::kMultiprocessors));
    case NP_GlobalMemorySize:
    case NP_MaxBufferSize: return integer(memory_of(device_));
    case NP_CoreMemorySize: return integer_if_known(attribute(native::kMaxSharedPerMultiprocessor));
    case NP_CoreRegisterSize:
      return integer_if_known(4 * attribute(native::kMaxRegistersPerMultiprocessor));
    case NP_SIMDSize: return integer(attribute(native::kWarpSize));
    case NP_CoreClockRate: return integer_if_known(attribute(native::kClockRate) / 1000);
    case NP_MemoryClockRate: return integer_if_known(attribute(native::kMemoryClockRate) / 1000);
    case NP_MemoryBusWidth: return integer_if_known(attribute(native::kMemoryBusWidth));
    case NP_MaxThreadsPerBlock: return integer(attribute(native::kMaxThreadsPerBlock));
    case NP_MaxThreadgroupsPerCore:
      return integer_if_known(attribute(native::kMaxBlocksPerMultiprocessor));
    case NP_MaxThreadgroupMemorySize: return integer(max_shared_memory());
    case NP_UnifiedMemory: return boolean(false);
    case NP_Value: return integer(transfer_stream());
    case NP_Record: return record_of(*this, memory_of(device_));
    default: return {};
  }
}

native::Context GpuDevice::context() const {
  std::call_once(context_made_, [this] {
    // Retained only once, even if creating the stream fails and this is repeated.
    if (!context_)
      check(driver().devicePrimaryCtxRetain(&context_, device_), "starting to use the device");
    const CurrentContext current(context_);
    check(driver().streamCreate(&transfers_, native::kStreamNonBlocking), "creating a stream");
  });
  return context_;
}

nxs_ulong GpuDevice::transfer_stream() const {
  context();
  return reinterpret_cast<nxs_ulong>(transfers_);
}

Ref<Buffer> GpuDevice::create_buffer(const Buffer::Request &request) {
  return make_ref<GpuBuffer>(*this, request);
}

Ref<Library> GpuDevice::create_library(std::span<const std::byte> image) {
  return GpuLibrary::from_memory(*this, image);
}

Ref<Library> GpuDevice::create_library_from_file(const std::string &path) {
  return GpuLibrary::from_file(*this, path);
}

Ref<Stream> GpuDevice::create_stream(nxs_uint settings) {
  return GpuStream::create(*this, settings);
}

Timing GpuDevice::time_between(const Ref<RecordedEvent> &start,
                               const Ref<RecordedEvent> &end) const {
  const std::lock_guard lock(origin_mutex_);
  if (!origin_.event) {
    transfer([this](native::Stream stream) { origin_.event = timing_events.record(stream); });
    origin_.time = clock_ns();
  }
  const nxs_long since_origin = nanoseconds(*origin_.event, *start);
  const nxs_long begin = origin_.time + since_origin;
  if (since_origin > kFarthestOrigin) origin_ = {start, begin};
  return {begin, begin + nanoseconds(*start, *end)};
}

}  // namespace nexus::gpu
