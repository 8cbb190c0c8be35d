// What a device answers when it is asked for a property.
#include <nexus-sdk/base/json.hpp>
#include <nexus-sdk/hardware/addresses.hpp>
#include <nexus-sdk/hardware/identity.hpp>

#include <array>

#include "device.hpp"

namespace nexus::opencl {
namespace {

// What says who made a device and what it runs. A driver does not answer other vendors' questions.
DriverAnswers answers_of(const ClDevice &device) {
  const Info &info = device.info;
  return {.cpu = device.is_cpu(),
          .name = info.text(cl::kDeviceName),
          .vendor = info.text(cl::kDeviceVendor),
          .version = info.text(cl::kDeviceVersion),
          .vendor_id = info.value<cl::Uint>(cl::kVendorId),
          .nvidia_major = info.value<cl::Uint>(cl::kNvidiaMajor),
          .nvidia_minor = info.value<cl::Uint>(cl::kNvidiaMinor),
          .intel_ip = info.value<cl::Uint>(cl::kIntelIpVersion)};
}

std::string type_of(const ClDevice &device) {
  const auto type = device.info.value<cl::Ulong>(cl::kDeviceType);
  return type & cl::kTypeGpu ? "gpu" : type & cl::kTypeCpu ? "cpu" : "accelerator";
}

// The name that people know the device by: AMD's drivers have another for the board.
std::string name_of(const Info &info) {
  const std::string board = info.text(cl::kAmdBoard);
  return board.empty() ? info.text(cl::kDeviceName) : board;
}

// The number of cores as the device database counts them: OpenCL's compute units, but on Intel's
// GPUs, where these are the execution units, of which a core has several.
nxs_long cores_of(const ClDevice &device) {
  const Info &info = device.info;
  const nxs_long cores =
      nxs_long{info.value<cl::Uint>(cl::kIntelSlices)} * info.value<cl::Uint>(cl::kIntelSubSlices);
  // Intel's driver for CPUs answers too, with numbers of no meaning.
  return cores > 0 && !device.is_cpu() ? cores : info.value<cl::Uint>(cl::kComputeUnits);
}

// The PCI address in the format of lspci -D.
std::string location_of(const Info &info) {
  auto pci = info.answer<cl::PciBusInfo>(cl::kPciBusInfo);
  const auto amd = info.value<cl::AmdTopology>(cl::kAmdTopology);
  if (!pci && amd.type == 1) pci = {0, amd.bus, amd.device, amd.function};
  if (!pci) return {};
  return concat(hex_text(pci->domain, 4), ":", hex_text(pci->bus, 2), ":", hex_text(pci->device, 2),
                ".", hex_text(pci->function, 1));
}

// The UUID as CUDA, HIP and Level Zero give it, in the format of nvidia-smi for NVIDIA's GPUs.
std::string uuid_of(const ClDevice &device) {
  const auto bytes = device.info.answer<std::array<unsigned char, 16>>(cl::kDeviceUuid);
  if (!bytes) return {};
  return concat(vendor_of(answers_of(device)) == "nvidia" ? "GPU-" : "", uuid_text(*bytes));
}

// The number of items that run in lockstep, where the vendor tells it.
nxs_long lockstep_of(const Info &info) {
  const auto nvidia = info.value<cl::Uint>(cl::kNvidiaWarp);
  return nvidia ? nvidia : info.value<cl::Uint>(cl::kAmdWavefront);
}

// The types that kernels compute with: OpenCL C, section "Supported Data Types".
std::vector<std::string> data_types(const Info &info) {
  std::vector<std::string> types = {"F32", "I8",  "U8",  "I16", "U16",
                                    "I32", "U32", "I64", "U64", "Bool"};
  if (info.value<cl::Ulong>(cl::kDoubleConfig)) types.emplace_back("F64");
  if (info.value<cl::Ulong>(cl::kHalfConfig)) types.emplace_back("F16");
  return types;
}

// What OpenCL tells beyond flat properties, in the structure of the device schema.
std::string record_of(const Info &info) {
  const auto most = info.value<std::array<std::size_t, 3>>(cl::kMaxItemSizes);
  const auto number = [&](cl::Uint which) {
    return static_cast<nxs_long>(info.value<cl::Ulong>(which));
  };
  JsonObject limits, record;
  limits.add("MaxThreadsPerBlock", number(cl::kMaxGroupSize))
      .add("MaxBlockSize", std::vector<nxs_long>(most.begin(), most.end()))
      .add("MaxThreadgroupMemorySize", number(cl::kLocalMemory))
      .add("ConstantMemorySize", number(cl::kConstantMemory))
      .add("MaxBufferSize", number(cl::kMaxAllocation));
  return record.add("Limits", limits).text();
}

}  // namespace

Property ClDevice::property(nxs_property id) const {
  switch (id) {
    case NP_Name: return name_of(info);
    case NP_Type: return type_of(*this);
    case NP_Vendor: return text_if_known(vendor_of(answers_of(*this)));
    case NP_Architecture: return text_if_known(architecture_of(answers_of(*this)));
    case NP_Description: return concat(info.text(cl::kDeviceName), ", by ", platform_);
    case NP_Version: return text_if_known(info.text(cl::kDriverVersion));
    case NP_MajorVersion: return integer(version / 10);
    case NP_MinorVersion: return integer(version % 10);
    case NP_Location: return text_if_known(location_of(info));
    case NP_UUID: return text_if_known(uuid_of(*this));
    case NP_Features: return text_if_known(info.text(cl::kExtensions));
    case NP_Count: return integer_if_known(cores_of(*this));
    case NP_SubUnitType: return std::string("compute unit");
    case NP_GlobalMemorySize: return integer(info.value<cl::Ulong>(cl::kGlobalMemory));
    case NP_MaxBufferSize: return integer(info.value<cl::Ulong>(cl::kMaxAllocation));
    case NP_MaxThreadgroupMemorySize: return integer(info.value<cl::Ulong>(cl::kLocalMemory));
    case NP_MaxThreadsPerBlock: return integer(info.value<std::size_t>(cl::kMaxGroupSize));
    case NP_SIMDSize: return integer_if_known(lockstep_of(info));
    case NP_CoreClockRate: return integer_if_known(info.value<cl::Uint>(cl::kClock));
    case NP_UnifiedMemory: return boolean(shares_memory);
    case NP_DataTypes: return data_types(info);
    case NP_Record: return record_of(info);
    default: return {};
  }
}

}  // namespace nexus::opencl
