#include "binary.hpp"

#include <nexus-sdk/objects/image.hpp>

#include <string_view>
#include <vector>

#include "device.hpp"
#include "library.hpp"

namespace nexus::opencl {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kElf = "\177ELF", kPocl = "poclbin\0"sv;
// ELF: the identification, the type of the file and the machine. PoCL: the name of the format, a
// number for the device, and the format's version.
constexpr std::size_t kHeader = 20;
// How much of a format that is not known here is compared.
constexpr std::size_t kMagic = 4;

std::size_t compared(Bytes sample) {
  return begins_with(sample, kElf) || begins_with(sample, kPocl) ? kHeader : kMagic;
}

// Whether the parts of a binary of PoCL fill it exactly. In version 9 of its format, behind the
// header of 85 bytes, which ends in the size of the first part, each kernel's part begins with its
// size.
bool fills_pocl(Bytes bytes) {
  constexpr std::size_t kVersion = 16, kKernels = 20, kFirstSize = 77;
  constexpr std::size_t kHeaderSize = kFirstSize + sizeof(std::uint64_t);
  if (bytes.size() < kHeaderSize) return false;
  if (number_at<std::uint32_t>(bytes, kVersion) != 9) return true;
  auto kernels = number_at<std::uint32_t>(bytes, kKernels);
  auto part = number_at<std::uint64_t>(bytes, kFirstSize);
  for (bytes = bytes.subspan(kHeaderSize);; --kernels) {
    if (part > bytes.size()) return false;
    bytes = bytes.subspan(part);
    if (!kernels) return bytes.empty();
    if (bytes.size() < sizeof part) return false;
    part = number_at<std::uint64_t>(bytes, 0);
    if (part < sizeof part) return false;
  }
}

}  // namespace

std::string beginning_of_binaries(const ClDevice &device) {
  constexpr std::string_view kSource = "__kernel void nothing(void) {}";
  const Ref<ClLibrary> library =
      make_ref<ClLibrary>(device, std::as_bytes(std::span(kSource)), std::string());
  const Info info(driver().clGetProgramInfo, library->program());
  std::vector<std::byte> bytes(info.value<std::size_t>(cl::kProgramBinarySizes));
  // The driver writes to where the value points.
  if (bytes.empty() || !info.answer(cl::kProgramBinaries, bytes.data())) return {};
  return std::string(text_of(bytes).substr(0, compared(bytes)));
}

std::string problem_with_binary(const ClDevice &device, Bytes bytes) {
  const std::string &beginning = device.beginning_of_binaries();
  if (!begins_with(bytes, beginning.substr(0, kMagic)))
    return "it does not begin like the binaries of the device's driver";
  if (!begins_with(bytes, beginning))
    return "it is for another device, or from another version of the driver";
  if (begins_with(bytes, kPocl) && !fills_pocl(bytes))
    return "it is damaged: its parts do not have the sizes that they tell";
  return {};
}

}  // namespace nexus::opencl
