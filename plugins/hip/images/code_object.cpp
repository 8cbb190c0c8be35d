#include "images/code_object.hpp"

#include <nexus-sdk/kernels/type_names.hpp>
#include <nexus-sdk/objects/message_pack.hpp>

#include "images/device_elf.hpp"

namespace nexus::hip {
namespace {

using Kind = PackedValue::Kind;

constexpr std::uint16_t kAmdGpu = 224, kSharedObject = 3;
constexpr std::uint8_t kHsa = 64;
constexpr std::uint32_t kMetadataNote = 32;
// Of a code object; the header counts versions from 2 on. Before 4, the metadata have no target.
constexpr int kOldest = 4, kNewest = 6;

void check_header(const gpu::DeviceElf &elf) {
  const int version = elf.abi_version + 2;
  if (elf.machine != kAmdGpu || elf.os_abi != kHsa)
    fail(NXS_InvalidBinary, "the image is for machines of number ", elf.machine,
         " and systems of number ", elf.os_abi, ", not ", kAmdGpu, " and ", kHsa,
         " as for an AMD GPU: pass a code object for amdgcn-amd-amdhsa");
  if (version < kOldest || version > kNewest)
    fail(NXS_InvalidBinary, "the image is a code object of version ", version,
         ", and this plugin reads versions ", kOldest, " to ", kNewest,
         ": compile it with -mcode-object-version=", kOldest);
  if (elf.type != kSharedObject)
    fail(NXS_InvalidBinary,
         "the image is an object file that is not linked: link it, for example by ld.lld -shared");
}

PackedValue metadata_of(const gpu::DeviceElf &elf) {
  for (const gpu::ElfNote &note : notes_of(elf))
    if (note.owner == "AMDGPU" && note.type == kMetadataNote) return unpacked(note.content);
  fail(NXS_InvalidBinary, "the image has no note that describes its kernels");
}

std::uint64_t number(const PackedValue &map, std::string_view key) {
  if (const auto found = map.number_at(key)) return *found;
  fail(NXS_InvalidBinary, "the image is damaged: the description of a kernel has no number ", key);
}

std::string_view without_end(std::string_view text, std::string_view end) {
  return text.ends_with(end) ? text.substr(0, text.size() - end.size()) : text;
}

// Compilers differ in where they say it; hiprtc 5.2 does in .access.
bool is_only_read(const PackedValue &argument) {
  return argument.number_at(".is_const").value_or(0) ||
         argument.text_at(".access") == "read_only" ||
         argument.text_at(".actual_access") == "read_only";
}

Parameter parameter(const PackedValue &argument, const std::string &kernel, std::size_t index) {
  const std::string_view kind = argument.text_at(".value_kind");
  const bool is_buffer = kind == "global_buffer";
  if (!is_buffer && kind != "by_value")
    fail(NXS_InvalidBinary, "argument ", index, " of kernel ", kernel, " is of the kind '", kind,
         "', which HIP does not launch: pass buffers and scalars, and declare shared memory in the "
         "kernel");
  // Clang adds the ending to pointers.
  const std::string_view name = without_end(argument.text_at(".name"), ".coerce");
  return {name.empty() ? concat(kernel, "_param_", index) : std::string(name),
          !is_buffer               ? Parameter::Kind::kScalar
          : is_only_read(argument) ? Parameter::Kind::kIn
                                   : Parameter::Kind::kOut,
          argument_type(std::string(argument.text_at(".type_name"))).data_type,
          number(argument, ".size")};
}

std::vector<Parameter> parameters(const PackedValue &kernel, const std::string &name) {
  const std::uint64_t limit = number(kernel, ".kernarg_segment_size");
  std::vector<Parameter> found;
  const PackedValue *const arguments = kernel.find(".args", Kind::kList);
  if (!arguments) return found;
  for (const PackedValue &argument : arguments->items) {
    // The driver supplies these.
    if (argument.text_at(".value_kind").starts_with("hidden_")) continue;
    found.push_back(parameter(argument, name, found.size()));
    const std::uint64_t offset = number(argument, ".offset");
    if (offset > limit || found.back().size > limit - offset)
      fail(NXS_InvalidBinary, "the image is damaged: argument ", found.size() - 1, " of kernel ",
           name, " exceeds the ", limit, " bytes of all arguments");
  }
  return found;
}

}  // namespace

Kernels read_code_object(Bytes bytes, const std::string &target) {
  const gpu::DeviceElf elf(bytes);
  check_header(elf);
  const PackedValue metadata = metadata_of(elf);
  const std::string_view wanted = target_in(metadata.text_at("amdhsa.target"));
  if (!fitness(wanted, target))
    fail(NXS_InvalidBinary, "the image is for ", wanted.empty() ? "an unknown processor" : wanted,
         ", and the device is ", target, ": build it with --offload-arch=", processor_of(target));
  const PackedValue *const described = metadata.find("amdhsa.kernels", Kind::kList);
  if (!described) fail(NXS_InvalidBinary, "the image is damaged: its metadata do not list kernels");
  Kernels kernels;
  for (const PackedValue &kernel : described->items) {
    const std::string name(without_end(kernel.text_at(".symbol"), ".kd"));
    if (name.empty()) fail(NXS_InvalidBinary, "the image is damaged: a kernel has no symbol");
    kernels[name] = parameters(kernel, name);
  }
  return kernels;
}

}  // namespace nexus::hip
