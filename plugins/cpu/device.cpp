#include "device.hpp"

#include <nexus-api/nxs_kernel.h>

#include "buffer.hpp"
#include "execution/pool.hpp"
#include "host/host_info.hpp"
#include "host/host_load.hpp"
#include "host/record.hpp"
#include "library.hpp"

namespace nexus::cpu {
namespace {

Property percent_if_known(nxs_long percent) { return percent >= 0 ? integer(percent) : Property(); }

}  // namespace

CpuDevice::CpuDevice() { start_core_utilization(); }

Property CpuDevice::property(nxs_property id) const {
  const HostInfo &host = host_info();
  switch (id) {
    case NP_Name: return host.name;
    case NP_Type: return std::string("cpu");
    case NP_Vendor: return host.vendor;
    case NP_Architecture: return host.architecture;
    case NP_Features: return text_if_known(host.features);
    case NP_Description: return concat(host.name, ", ", host.cores, " cores");
    case NP_Count: return integer(host.cores);
    case NP_SubUnitType: return std::string("core");
    case NP_GlobalMemorySize:
    case NP_MaxBufferSize: return integer_if_known(host.memory);
    case NP_CoreMemorySize: return integer_if_known(host.core_cache);
    case NP_SIMDSize: return integer(host.simd_lanes);
    case NP_CoreClockRate: return integer_if_known(host.max_clock);
    case NP_BaseClock: return integer_if_known(host.base_clock);
    case NP_UnifiedMemory:
    case NP_PromptMemory: return boolean(true);
    case NP_MaxThreadsPerBlock: return integer(NXS_KERNEL_MAX_GROUP);
    case NP_MaxThreadgroupMemorySize: return integer(kMaxSharedMemory);
    case NP_MaxThreadgroupsPerCore: return integer(1);
    case NP_CoreUtilization: return percent_if_known(core_utilization());
    case NP_MemoryUtilization: return percent_if_known(memory_utilization());
    case NP_DataTypes:
      return std::vector<std::string>{"F32", "F64", "I8",  "U8",  "I16", "U16",
                                      "I32", "U32", "I64", "U64", "Bool"};
    case NP_Record: return host_record();
    default: return {};
  }
}

Ref<Buffer> CpuDevice::create_buffer(const Buffer::Request &request) {
  const nxs_long memory = host_info().memory;
  // The system would overcommit, and kill the process when the memory is used.
  if (!request.wrap && memory > 0 && request.size > static_cast<nxs_ulong>(memory))
    fail(NXS_MemObjectAllocationFailure, "a buffer of ", request.size,
         " bytes, and the machine has ", memory);
  return CpuBuffer::create(*this, request);
}

Ref<Library> CpuDevice::create_library(std::span<const std::byte> image) {
  return CpuLibrary::from_memory(*this, image);
}

Ref<Library> CpuDevice::create_library_from_file(const std::string &path) {
  return CpuLibrary::from_file(*this, path);
}

Ref<Stream> CpuDevice::create_stream(nxs_uint settings) {
  return make_ref<HostStream>(*this, settings, *this);
}

void CpuDevice::dispatch(const Launch &launch) {
  static_cast<CpuKernel &>(*launch.kernel).run(launch);
}

}  // namespace nexus::cpu
