#include "images/code_object.hpp"

#include <nexus-sdk/kernels/type_names.hpp>

#include <algorithm>

#include "images/device_elf.hpp"
#include "images/message_pack.hpp"
#include "images/target.hpp"

namespace nexus::hip {
using namespace sdk;
namespace {

using gpu::DeviceElf;
using gpu::PackedValue;
using Kind = PackedValue::Kind;

constexpr std::uint16_t kAmdGpu = 224, kSharedObject = 3;
constexpr std::uint8_t kHsa = 64;
constexpr std::uint32_t kMetadataNote = 32;
// Versions of code objects are counted from 2 on in the header.
constexpr int kOldest = 3, kNewest = 6;

std::string name_of_machine(std::uint16_t machine) {
  switch (machine) {
    case 62: return "x86-64 processors";
    case 183: return "Arm processors";
    case 190: return "NVIDIA's GPUs";
    default: return concat("machines of number ", machine);
  }
}

void check_header(const DeviceElf &elf, int version) {
  if (elf.machine != kAmdGpu)
    fail(NXS_InvalidBinary, "the image is for ", name_of_machine(elf.machine),
         ", and the device is an AMD GPU: pass a code object");
  if (elf.os_abi != kHsa)
    fail(NXS_InvalidBinary, "the image is an AMD shader for a system of number ", elf.os_abi,
         ", not for HSA: compile it for amdgcn-amd-amdhsa");
  if (version < kOldest || version > kNewest)
    fail(NXS_InvalidBinary, "the image is a code object of version ", version,
         ", and this plugin reads versions ", kOldest, " to ", kNewest,
         ": compile it with -mcode-object-version=4");
  if (elf.type != kSharedObject)
    fail(NXS_InvalidBinary,
         "the image is an object file that is not linked: link it, for example "
         "by ld.lld -shared");
}

PackedValue metadata_of(const DeviceElf &elf) {
  for (const gpu::ElfNote &note : notes_of(elf))
    if (note.owner == "AMDGPU" && note.type == kMetadataNote) return gpu::unpacked(note.content);
  fail(NXS_InvalidBinary, "the image has no note that describes its kernels");
}

std::string_view text(const PackedValue &map, std::string_view key) {
  const PackedValue *const found = map.find(key, Kind::kText);
  return found ? found->text : std::string_view();
}

std::uint64_t number(const PackedValue &map, std::string_view key) {
  if (const PackedValue *const found = map.find(key, Kind::kNumber)) return found->number;
  fail(NXS_InvalidBinary, "the image is damaged: the description of a kernel has no number ", key);
}

std::string_view without_end(std::string_view text, std::string_view end) {
  return text.ends_with(end) ? text.substr(0, text.size() - end.size()) : text;
}

bool is_only_read(const PackedValue &argument) {
  const PackedValue *const constant = argument.find(".is_const", Kind::kNumber);
  return (constant && constant->number) || text(argument, ".access") == "read_only" ||
         text(argument, ".actual_access") == "read_only";
}

Parameter parameter(const PackedValue &argument, const std::string &kernel, std::size_t index) {
  const std::string_view kind = text(argument, ".value_kind");
  const bool is_buffer = kind == "global_buffer";
  if (!is_buffer && kind != "by_value")
    fail(NXS_InvalidBinary, "argument ", index, " of kernel ", kernel, " is of the kind '", kind,
         "', which HIP does not launch: pass buffers and scalars, and declare shared memory in the "
         "kernel");
  // Clang adds the ending to pointers.
  const std::string_view name = without_end(text(argument, ".name"), ".coerce");
  return {name.empty() ? concat(kernel, "_param_", index) : std::string(name),
          !is_buffer               ? Parameter::Kind::kScalar
          : is_only_read(argument) ? Parameter::Kind::kIn
                                   : Parameter::Kind::kOut,
          argument_type(std::string(text(argument, ".type_name"))).data_type,
          number(argument, ".size")};
}

std::vector<Parameter> parameters(const PackedValue &kernel, const std::string &name) {
  const std::uint64_t limit = number(kernel, ".kernarg_segment_size");
  std::vector<Parameter> found;
  const PackedValue *const arguments = kernel.find(".args", Kind::kList);
  if (!arguments) return found;
  for (const PackedValue &argument : arguments->items) {
    // The driver supplies these.
    if (text(argument, ".value_kind").starts_with("hidden_")) continue;
    found.push_back(parameter(argument, name, found.size()));
    const std::uint64_t offset = number(argument, ".offset");
    if (offset > limit || found.back().size > limit - offset)
      fail(NXS_InvalidBinary, "the image is damaged: argument ", found.size() - 1, " of kernel ",
           name, " exceeds the ", limit, " bytes of all arguments");
  }
  return found;
}

// The target without the name of the system before it, "amdgcn-amd-amdhsa--".
std::string_view processor_in(std::string_view target) {
  return target.substr(std::min(target.find("gfx"), target.size()));
}

}  // namespace

CodeObject read_code_object(Bytes bytes) {
  const DeviceElf elf(bytes);
  const int version = elf.abi_version + 2;
  check_header(elf, version);
  const PackedValue metadata = metadata_of(elf);
  CodeObject object{target_of_flags(elf.flags, version), {}};
  // Of a processor that is newer than this plugin, the metadata have the name.
  if (object.target.empty()) object.target = processor_in(text(metadata, "amdhsa.target"));
  if (object.target.empty()) object.target = "an unknown processor";
  const PackedValue *const kernels = metadata.find("amdhsa.kernels", Kind::kList);
  if (!kernels) fail(NXS_InvalidBinary, "the image is damaged: its metadata do not list kernels");
  for (const PackedValue &kernel : kernels->items) {
    const std::string name(without_end(text(kernel, ".symbol"), ".kd"));
    if (name.empty()) fail(NXS_InvalidBinary, "the image is damaged: a kernel has no symbol");
    object.kernels[name] = parameters(kernel, name);
  }
  return object;
}

}  // namespace nexus::hip
