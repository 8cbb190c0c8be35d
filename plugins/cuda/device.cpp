#include "device.hpp"

#include <algorithm>
#include <array>

#include "buffer.hpp"
#include "library.hpp"
#include "queue.hpp"
#include "record.hpp"

namespace nexus::cuda {
using namespace sdk;
namespace {

std::string name_of(cu::Device device) {
  std::array<char, 256> name{};
  check(driver().cuDeviceGetName(name.data(), name.size() - 1, device), "asking for a name");
  return name.data();
}

std::string bus_id_of(cu::Device device) {
  std::array<char, 32> id{};
  check(driver().cuDeviceGetPCIBusId(id.data(), id.size() - 1, device), "asking for a PCI address");
  return id.data();
}

// The UUID in the format of nvidia-smi.
std::string uuid_of(cu::Device device) {
  cu::Uuid uuid{};
  check(driver().cuDeviceGetUuid_v2(&uuid, device), "asking for a UUID");
  std::string text = "GPU-";
  for (std::size_t i = 0; i < sizeof uuid.bytes; ++i) {
    constexpr char kDigits[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(uuid.bytes[i]);
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

nxs_long memory_of(cu::Device device) {
  std::size_t size = 0;
  check(driver().cuDeviceTotalMem_v2(&size, device), "asking for the size of the memory");
  return static_cast<nxs_long>(size);
}

// The data types of a compute capability's instruction set: CUDA C++ Programming Guide,
// table "Feature Support per Compute Capability", and PTX ISA, section "Data Types".
std::vector<std::string> data_types(int capability) {
  std::vector<std::string> types = {"F32", "F64", "I8",  "U8",  "I16", "U16",
                                    "I32", "U32", "I64", "U64", "Bool"};
  if (capability >= 53) types.emplace_back("F16");
  if (capability >= 80) types.emplace_back("BF16");
  if (capability >= 89) types.insert(types.end(), {"F8", "BF8"});
  if (capability >= 100) types.emplace_back("F4");
  return types;
}

// The driver returns milliseconds as a float, whose resolution after a minute is a few
// microseconds. So times are measured from a recent event.
constexpr nxs_long kFarthestOrigin = 100'000'000;

nxs_long nanoseconds(const RecordedEvent &from, const RecordedEvent &to) {
  float milliseconds = 0;
  check(driver().cuEventElapsedTime(&milliseconds, from.handle, to.handle), "measuring time");
  return static_cast<nxs_long>(static_cast<double>(milliseconds) * 1e6);
}

}  // namespace

CudaDevice::CudaDevice(cu::Device device) : device_(device), monitor_(bus_id_of(device)) {}

CudaDevice::~CudaDevice() = default;

nxs_long CudaDevice::attribute(int which) const {
  int value = 0;
  const cu::Result result = driver().cuDeviceGetAttribute(&value, which, device_);
  if (result == cu::kInvalidValue) return 0;
  check(result, "asking about the device");
  return value;
}

int CudaDevice::capability() const {
  return static_cast<int>(attribute(cu::kMajor) * 10 + attribute(cu::kMinor));
}

Property CudaDevice::property(nxs_property id) const {
  switch (id) {
    case NP_Name: return name_of(device_);
    case NP_Type: return std::string("gpu");
    case NP_Vendor: return std::string("nvidia");
    case NP_Architecture: return concat("sm_", capability());
    case NP_MajorVersion: return integer(attribute(cu::kMajor));
    case NP_MinorVersion: return integer(attribute(cu::kMinor));
    case NP_Location: return bus_id_of(device_);
    case NP_UUID: return uuid_of(device_);
    case NP_Count: return integer(attribute(cu::kMultiprocessors));
    case NP_SubUnitType: return std::string("multiprocessor");
    case NP_GlobalMemorySize:
    case NP_MaxBufferSize: return integer(memory_of(device_));
    case NP_CoreMemorySize: return integer_if_known(attribute(cu::kMaxSharedPerMultiprocessor));
    case NP_CoreRegisterSize:
      return integer_if_known(4 * attribute(cu::kMaxRegistersPerMultiprocessor));
    case NP_SIMDSize: return integer(attribute(cu::kWarpSize));
    case NP_CoreClockRate: return integer_if_known(attribute(cu::kClockRate) / 1000);
    case NP_MemoryClockRate: return integer_if_known(attribute(cu::kMemoryClockRate) / 1000);
    case NP_MemoryBusWidth: return integer_if_known(attribute(cu::kMemoryBusWidth));
    case NP_MaxThreadsPerBlock: return integer(attribute(cu::kMaxThreadsPerBlock));
    case NP_MaxThreadgroupsPerCore:
      return integer_if_known(attribute(cu::kMaxBlocksPerMultiprocessor));
    case NP_MaxThreadgroupMemorySize: return integer(attribute(cu::kMaxSharedPerBlockOptin));
    case NP_UnifiedMemory: return boolean(false);
    case NP_Value: return integer(transfer_stream());
    case NP_DataTypes: return data_types(capability());
    case NP_CoreUtilization: return monitor_.core_utilization();
    case NP_MemoryUtilization: return monitor_.memory_utilization();
    case NP_MaxPower: return monitor_.max_power();
    case NP_Record: return record_of(*this, memory_of(device_));
    default: return {};
  }
}

cu::Context CudaDevice::context() const {
  std::call_once(context_made_, [this] {
    // Retained only once, even if creating the stream fails and this is repeated.
    if (!context_)
      check(driver().cuDevicePrimaryCtxRetain(&context_, device_), "starting to use the device");
    const CurrentContext current(context_);
    check(driver().cuStreamCreate(&transfers_, cu::kStreamNonBlocking), "creating a stream");
  });
  return context_;
}

nxs_ulong CudaDevice::transfer_stream() const {
  context();
  return reinterpret_cast<nxs_ulong>(transfers_);
}

Ref<Buffer> CudaDevice::create_buffer(const Buffer::Request &request) {
  return make_ref<CudaBuffer>(*this, request);
}

Ref<Library> CudaDevice::create_library(std::span<const std::byte> image) {
  return CudaLibrary::from_memory(*this, image);
}

Ref<Library> CudaDevice::create_library_from_file(const std::string &path) {
  return CudaLibrary::from_file(*this, path);
}

Ref<Stream> CudaDevice::create_stream(nxs_uint settings) {
  return CudaStream::create(*this, settings);
}

Timing CudaDevice::time_between(const Ref<RecordedEvent> &start,
                                const Ref<RecordedEvent> &end) const {
  const std::lock_guard lock(origin_mutex_);
  if (!origin_.event) {
    transfer([this](cu::Stream stream) { origin_.event = timing_events.record(stream); });
    origin_.time = clock_ns();
  }
  const nxs_long since_origin = nanoseconds(*origin_.event, *start);
  const nxs_long begin = origin_.time + since_origin;
  if (since_origin > kFarthestOrigin) origin_ = {start, begin};
  return {begin, begin + nanoseconds(*start, *end)};
}

}  // namespace nexus::cuda
