#include "properties.hpp"

#include <nexus-sdk/base/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>

#include "device.hpp"
#include "identity.hpp"

namespace nexus::opencl {
namespace {

// What says who made a device and what it runs.
Answers answers_of(const ClDevice &device) {
  Answers answers{.cpu = device.is_cpu(),
                  .name = device.text(cl::kDeviceName),
                  .vendor = device.text(cl::kDeviceVendor),
                  .version = device.text(cl::kDeviceVersion),
                  .vendor_id = device.value<cl::Uint>(cl::kVendorId)};
  if (device.has_extension("cl_nv_device_attribute_query")) {
    answers.nvidia_major = device.value<cl::Uint>(cl::kNvidiaMajor);
    answers.nvidia_minor = device.value<cl::Uint>(cl::kNvidiaMinor);
  }
  if (device.has_extension("cl_intel_device_attribute_query"))
    answers.intel_ip = device.value<cl::Uint>(cl::kIntelIpVersion);
  return answers;
}

std::string type_of(const ClDevice &device) {
  const auto type = device.value<cl::Ulong>(cl::kDeviceType);
  return type & cl::kTypeGpu ? "gpu" : type & cl::kTypeCpu ? "cpu" : "accelerator";
}

// The name that people know the device by.
std::string name_of(const ClDevice &device) {
  const std::string board = device.has_extension("cl_amd_device_attribute_query")
                                ? device.text(cl::kAmdBoard)
                                : std::string();
  return board.empty() ? device.text(cl::kDeviceName) : board;
}

void append_hex(std::string &text, cl::Uint value, int digits) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
    text.push_back("0123456789abcdef"[value >> shift & 15]);
}

// The number of cores as the device database counts them: OpenCL's compute units, but on Intel's
// GPUs, where these are the execution units, of which a core has several.
nxs_long cores_of(const ClDevice &device) {
  const nxs_long units = device.value<cl::Uint>(cl::kComputeUnits);
  if (device.is_cpu() || !device.has_extension("cl_intel_device_attribute_query")) return units;
  const nxs_long cores = nxs_long{device.value<cl::Uint>(cl::kIntelSlices)} *
                         device.value<cl::Uint>(cl::kIntelSubSlices);
  return cores > 0 ? cores : units;
}

// The PCI address in the format of lspci -D.
std::string location_of(const ClDevice &device) {
  cl::PciBusInfo pci{};
  if (device.has_extension("cl_khr_pci_bus_info")) {
    pci = device.value<cl::PciBusInfo>(cl::kPciBusInfo);
  } else if (device.has_extension("cl_amd_device_attribute_query")) {
    const auto topology = device.value<cl::AmdTopology>(cl::kAmdTopology);
    if (topology.type != 1) return {};
    pci = {0, topology.bus, topology.device, topology.function};
  } else {
    return {};
  }
  std::string text;
  append_hex(text, pci.domain, 4);
  append_hex(text.append(":"), pci.bus, 2);
  append_hex(text.append(":"), pci.device, 2);
  append_hex(text.append("."), pci.function, 1);
  return text;
}

// The UUID as CUDA, HIP and Level Zero give it, in the format of nvidia-smi for NVIDIA's GPUs.
std::string uuid_of(const ClDevice &device) {
  if (!device.has_extension("cl_khr_device_uuid")) return {};
  const auto bytes = device.value<std::array<unsigned char, 16>>(cl::kDeviceUuid);
  std::string text = vendor_of(answers_of(device)) == "nvidia" ? "GPU-" : "";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    append_hex(text, bytes[i], 2);
  }
  return text;
}

// The number of items that run in lockstep, where the vendor tells it.
nxs_long lockstep_of(const ClDevice &device) {
  if (device.has_extension("cl_nv_device_attribute_query"))
    return device.value<cl::Uint>(cl::kNvidiaWarp);
  if (device.has_extension("cl_amd_device_attribute_query"))
    return device.value<cl::Uint>(cl::kAmdWavefront);
  return 0;
}

// The types that kernels compute with: OpenCL C, section "Supported Data Types".
std::vector<std::string> data_types(const ClDevice &device) {
  std::vector<std::string> types = {"F32", "I8",  "U8",  "I16", "U16",
                                    "I32", "U32", "I64", "U64", "Bool"};
  if (device.value<cl::Ulong>(cl::kDoubleConfig)) types.emplace_back("F64");
  if (device.has_extension("cl_khr_fp16")) types.emplace_back("F16");
  return types;
}

// What OpenCL tells beyond flat properties, in the structure of the device schema.
std::string record_of(const ClDevice &device) {
  const auto most = device.value<std::array<std::size_t, 3>>(cl::kMaxItemSizes);
  const auto number = [&](cl::Uint which) {
    return static_cast<nxs_long>(device.value<cl::Ulong>(which));
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

std::string platform_name(cl::Platform platform) {
  const auto text = [&](cl::Uint which) {
    return text_of([&](std::size_t size, void *value, std::size_t *needed) {
      return driver().clGetPlatformInfo(platform, which, size, value, needed);
    });
  };
  return concat(text(cl::kPlatformName), " (", text(cl::kPlatformVersion), ")");
}

Property property_of(const ClDevice &device, cl::Platform platform, nxs_property id) {
  switch (id) {
    case NP_Name: return name_of(device);
    case NP_Type: return type_of(device);
    case NP_Vendor: return text_if_known(vendor_of(answers_of(device)));
    case NP_Architecture: return text_if_known(architecture_of(answers_of(device)));
    case NP_Description:
      return concat(device.text(cl::kDeviceName), ", by ", platform_name(platform));
    case NP_Version: return text_if_known(device.text(cl::kDriverVersion));
    case NP_MajorVersion: return integer(device.version() / 10);
    case NP_MinorVersion: return integer(device.version() % 10);
    case NP_Location: return text_if_known(location_of(device));
    case NP_UUID: return text_if_known(uuid_of(device));
    case NP_Features: return text_if_known(device.text(cl::kExtensions));
    case NP_Count: return integer_if_known(cores_of(device));
    case NP_SubUnitType: return std::string("compute unit");
    case NP_GlobalMemorySize: return integer(device.value<cl::Ulong>(cl::kGlobalMemory));
    case NP_MaxBufferSize: return integer(device.value<cl::Ulong>(cl::kMaxAllocation));
    case NP_MaxThreadgroupMemorySize: return integer(device.value<cl::Ulong>(cl::kLocalMemory));
    case NP_MaxThreadsPerBlock: return integer(device.value<std::size_t>(cl::kMaxGroupSize));
    case NP_SIMDSize: return integer_if_known(lockstep_of(device));
    case NP_CoreClockRate: return integer_if_known(device.value<cl::Uint>(cl::kClock));
    case NP_UnifiedMemory: return boolean(device.shares_memory());
    case NP_DataTypes: return data_types(device);
    case NP_Record: return record_of(device);
    default: return {};
  }
}

}  // namespace nexus::opencl
