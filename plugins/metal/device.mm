#include "device.hpp"

#include <nexus-sdk/base/json.hpp>
#include <nexus-sdk/hardware/addresses.hpp>
#include <nexus-sdk/hardware/makers.hpp>

#include <array>
#include <string_view>

#include "buffer.hpp"
#include "library.hpp"
#include "queue.hpp"

namespace nexus::metal {
namespace {

struct Family {
  MTLGPUFamily family;
  const char *name;
};

// Metal's GPU families, newest first; a GPU belongs to several. See the Metal feature set tables.
constexpr std::array kFamilies = {
    Family{MTLGPUFamilyApple9, "apple9"},   Family{MTLGPUFamilyApple8, "apple8"},
    Family{MTLGPUFamilyApple7, "apple7"},   Family{MTLGPUFamilyApple6, "apple6"},
    Family{MTLGPUFamilyMac2, "mac2"},       Family{MTLGPUFamilyCommon3, "common3"},
    Family{MTLGPUFamilyCommon2, "common2"}, Family{MTLGPUFamilyCommon1, "common1"},
};

std::string vendor_of(id<MTLDevice> device) {
  if ([device supportsFamily:MTLGPUFamilyApple1]) return "apple";
  return maker_in(text_of([device name]));
}

// Whether the system is macOS 14 or later, which introduced both `architecture` and MSL 3.1.
bool has_architecture(id<MTLDevice> device) {
  return [device respondsToSelector:@selector(architecture)];
}

// The architecture, such as applegpu_g13s, or the GPU's newest family if the system does not report
// it.
std::string architecture_of(id<MTLDevice> device) {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunguarded-availability-new"
  if (has_architecture(device)) return text_of([[device architecture] name]);
#pragma clang diagnostic pop
  for (const Family &one : kFamilies)
    if ([device supportsFamily:one.family]) return one.name;
  return {};
}

std::string location_of(id<MTLDevice> device) {
  const auto number = static_cast<nxs_ulong>([device locationNumber]);
  switch ([device location]) {
    case MTLDeviceLocationBuiltIn: return "built-in";
    case MTLDeviceLocationSlot: return concat("slot ", number);
    case MTLDeviceLocationExternal: return concat("external ", number);
    default: return {};
  }
}

// The registry ID in the format of ioreg. Unlike a UUID, it changes when the system is restarted.
std::string registry_id_of(id<MTLDevice> device) {
  return "0x" + hex_text([device registryID], 16);
}

// The data types of Metal Shading Language: its specification, section "Scalar Data Types".
std::vector<std::string> data_types(id<MTLDevice> device) {
  std::vector<std::string> types = {"F32", "F16", "I8",  "U8",  "I16", "U16",
                                    "I32", "U32", "I64", "U64", "Bool"};
  if (has_architecture(device) && [device supportsFamily:MTLGPUFamilyApple6])
    types.emplace_back("BF16");
  return types;
}

// What Metal tells beyond flat properties, in the structure of the device schema.
std::string record_of(id<MTLDevice> device) {
  const MTLSize most = [device maxThreadsPerThreadgroup];
  JsonObject limits, record;
  limits.add("MaxThreadsPerBlock", static_cast<nxs_long>(most.width))
      .add("MaxBlockSize", std::vector<nxs_long>{static_cast<nxs_long>(most.width),
                                                 static_cast<nxs_long>(most.height),
                                                 static_cast<nxs_long>(most.depth)})
      .add("MaxThreadgroupMemorySize", static_cast<nxs_long>([device maxThreadgroupMemoryLength]))
      .add("MaxBufferSize", static_cast<nxs_long>([device maxBufferLength]));
  return record.add("Limits", limits).text();
}

}  // namespace

Property MetalDevice::property(nxs_property key) const {
  switch (key) {
    case NP_Name: return text_of([device_ name]);
    case NP_Type: return std::string("gpu");
    case NP_Vendor: return text_if_known(vendor_of(device_));
    case NP_Architecture: return text_if_known(architecture_of(device_));
    case NP_Location: return text_if_known(location_of(device_));
    case NP_UUID: return registry_id_of(device_);
    // Metal does not report the memory's size, only how much can be used without loss of speed.
    case NP_GlobalMemorySize: return integer_if_known([device_ recommendedMaxWorkingSetSize]);
    case NP_MaxBufferSize: return integer([device_ maxBufferLength]);
    case NP_MaxThreadsPerBlock: return integer([device_ maxThreadsPerThreadgroup].width);
    case NP_MaxThreadgroupMemorySize: return integer([device_ maxThreadgroupMemoryLength]);
    case NP_MaxTransferRate: return integer_if_known([device_ maxTransferRate]);
    case NP_UnifiedMemory: return boolean([device_ hasUnifiedMemory]);
    case NP_DataTypes: return data_types(device_);
    case NP_Record: return record_of(device_);
    default: return {};
  }
}

id<MTLCommandQueue> MetalDevice::transfers() const {
  const std::lock_guard lock(mutex_);
  if (!transfers_) transfers_ = made([device_ newCommandQueue], "command queue");
  return transfers_;
}

Ref<Buffer> MetalDevice::create_buffer(const Buffer::Request &request) {
  return make_ref<MetalBuffer>(*this, request);
}

Ref<Library> MetalDevice::create_library(std::span<const std::byte> image) {
  return MetalLibrary::from_memory(*this, image);
}

Ref<Library> MetalDevice::create_library_from_file(const std::string &path) {
  return MetalLibrary::from_file(*this, path);
}

Ref<Stream> MetalDevice::create_stream(nxs_uint settings) {
  return make_ref<DeferredStream>(*this, settings, std::make_unique<MetalQueue>(*this));
}

}  // namespace nexus::metal
