#include "properties.hpp"

#include <nexus-sdk/base/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>

#include "device.hpp"

namespace nexus::opencl {
namespace {

// The number that a vendor has on the PCI bus, or, for Arm and Qualcomm, in OpenCL's registry.
constexpr std::pair<cl::Uint, const char *> kVendorNumbers[] = {
    {0x10de, "nvidia"}, {0x1002, "amd"}, {0x8086, "intel"}, {0x13b5, "arm"}, {0x5143, "qualcomm"},
};
// What vendors' names contain, in lower case.
constexpr std::pair<std::string_view, const char *> kVendorNames[] = {
    {"nvidia", "nvidia"},
    {"advanced micro", "amd"},
    {"amd", "amd"},
    {"intel", "intel"},
    {"qualcomm", "qualcomm"},
    {"arm", "arm"},
    {"imagination", "imagination"},
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// The vendor of the hardware, in the device database's spelling. A driver for CPUs is often made by
// somebody else, and its device's name tells the CPU.
std::string vendor_of(const ClDevice &device) {
  const auto named = [](const std::string &text) -> std::string {
    for (const auto &[part, vendor] : kVendorNames)
      if (text.find(part) != text.npos) return vendor;
    return {};
  };
  const std::string name = lower(device.text(cl::kDeviceName)),
                    maker = lower(device.text(cl::kDeviceVendor));
  if (device.is_cpu())
    if (std::string found = named(name); !found.empty()) return found;
  const auto number = device.value<cl::Uint>(cl::kVendorId);
  for (const auto &[known, vendor] : kVendorNumbers)
    if (number == known) return vendor;
  const std::string found = named(maker);
  return found.empty() ? maker : found;
}

std::string type_of(const ClDevice &device) {
  const auto type = device.value<cl::Ulong>(cl::kDeviceType);
  return type & cl::kTypeGpu ? "gpu" : type & cl::kTypeCpu ? "cpu" : "accelerator";
}

// The generation in the upper bits of Intel's number of a GPU's architecture: release in bits 22 to
// 31, and 14 to 21 (the extension cl_intel_device_attribute_query, and Intel's list of devices).
std::string intel_architecture(cl::Uint version) {
  const cl::Uint major = version >> 22, minor = version >> 14 & 0xff;
  if (major == 12 && minor >= 60) return "xe-hpc";
  if (major == 12 && minor >= 55) return "xe-hpg";
  if (major == 12) return "xe-lp";
  if (major == 20) return "xe2";
  return {};
}

// As the device database spells it; empty where no driver tells it.
std::string architecture_of(const ClDevice &device) {
  if (const auto major = device.value<cl::Uint>(cl::kNvidiaMajor);
      major && device.has_extension("cl_nv_device_attribute_query"))
    return concat("sm_", major, device.value<cl::Uint>(cl::kNvidiaMinor));
  if (device.has_extension("cl_amd_device_attribute_query")) {
    // The target of the compiler, with features behind a colon.
    const std::string name = device.text(cl::kDeviceName);
    if (name.starts_with("gfx")) return name.substr(0, name.find(':'));
  }
  if (!device.is_cpu() && device.has_extension("cl_intel_device_attribute_query"))
    return intel_architecture(device.value<cl::Uint>(cl::kIntelIpVersion));
  return {};
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

// The PCI address in the format of lspci -D.
std::string location_of(const ClDevice &device) {
  if (!device.has_extension("cl_khr_pci_bus_info")) return {};
  const auto pci = device.value<cl::PciBusInfo>(cl::kPciBusInfo);
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
  std::string text = vendor_of(device) == "nvidia" ? "GPU-" : "";
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
    case NP_Vendor: return text_if_known(vendor_of(device));
    case NP_Architecture: return text_if_known(architecture_of(device));
    case NP_Description:
      return concat(device.text(cl::kDeviceName), ", by ", platform_name(platform));
    case NP_Version: return text_if_known(device.text(cl::kDriverVersion));
    case NP_MajorVersion: return integer(device.version() / 10);
    case NP_MinorVersion: return integer(device.version() % 10);
    case NP_Location: return text_if_known(location_of(device));
    case NP_UUID: return text_if_known(uuid_of(device));
    case NP_Features: return text_if_known(device.text(cl::kExtensions));
    case NP_Count: return integer_if_known(device.value<cl::Uint>(cl::kComputeUnits));
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
