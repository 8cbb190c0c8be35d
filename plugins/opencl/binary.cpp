#include "binary.hpp"

#include <nexus-sdk/objects/image.hpp>

#include <cstring>
#include <string_view>
#include <vector>

#include "device.hpp"
#include "library.hpp"

namespace nexus::opencl {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kElf =
                               "\x7f"
                               "ELF",
                           kPocl = "poclbin\0"sv;
// ELF: the identification, the type of the file and the machine. PoCL: the name of the format, a
// number for the device, and the format's version.
constexpr std::size_t kHeader = 20;
// How much of a format that is not known here is compared.
constexpr std::size_t kMagic = 4;

std::size_t compared(std::span<const std::byte> sample) {
  return begins_with(sample, kElf) || begins_with(sample, kPocl) ? kHeader : kMagic;
}

template <class T>
T number_at(std::span<const std::byte> bytes, std::size_t offset) {
  T value{};
  if (offset <= bytes.size() && bytes.size() - offset >= sizeof value)
    std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// Whether the parts of a binary of PoCL fill it exactly. In version 9 of its format, behind the
// header of 85 bytes, which ends in the size of the first part, each kernel's part begins with its
// size.
bool fills_pocl(std::span<const std::byte> bytes) {
  constexpr std::size_t kKernels = 20, kFirstSize = 77;
  if (number_at<std::uint32_t>(bytes, 16) != 9) return true;
  std::size_t rest = bytes.size(), at = kFirstSize + sizeof(std::uint64_t);
  if (rest < at) return false;
  rest -= at;
  const auto skip = [&](std::uint64_t size) {
    if (size > rest) return false;
    rest -= size;
    at += size;
    return true;
  };
  if (!skip(number_at<std::uint64_t>(bytes, kFirstSize))) return false;
  for (auto left = number_at<std::uint32_t>(bytes, kKernels); left > 0; --left) {
    const auto size = number_at<std::uint64_t>(bytes, at);
    if (size < sizeof size || !skip(size)) return false;
  }
  return rest == 0;
}

}  // namespace

std::string beginning_of_binaries(const ClDevice &device) {
  constexpr std::string_view kSource = "__kernel void nothing(void) {}";
  const Ref<ClLibrary> library =
      make_ref<ClLibrary>(device, std::as_bytes(std::span(kSource)), std::string());
  const auto ask = [&](cl::Uint which, auto *value) {
    return driver().clGetProgramInfo(library->program(), which, sizeof *value,
                                     static_cast<void *>(value), nullptr);
  };
  std::size_t size = 0;
  if (ask(cl::kProgramBinarySizes, &size) != cl::kSuccess || !size) return {};
  std::vector<std::byte> bytes(size);
  unsigned char *place = reinterpret_cast<unsigned char *>(bytes.data());
  if (ask(cl::kProgramBinaries, &place) != cl::kSuccess) return {};
  return std::string(reinterpret_cast<const char *>(bytes.data()), std::min(size, compared(bytes)));
}

std::string problem_with_binary(const ClDevice &device, std::span<const std::byte> bytes) {
  const std::string &beginning = device.beginning_of_binaries();
  if (!begins_with(bytes, beginning.substr(0, kMagic)))
    return "it does not begin like the binaries of the device's driver";
  if (!begins_with(bytes, beginning))
    return "it is for another device, or from another version of the driver";
  if (begins_with(bytes, kPocl) && !fills_pocl(bytes))
    return "it is damaged: its parts do not have the sizes that they tell";
  return {};
}

// The five words of the header, and instructions that each begin with their number of words.
std::string problem_with_spirv(const ClDevice &device, std::span<const std::byte> bytes) {
  constexpr std::size_t kHeaderWords = 5, kVersion = 1, kBound = 3;
  const std::size_t count = bytes.size() / sizeof(std::uint32_t);
  const bool swapped = number_at<std::uint32_t>(bytes, 0) != 0x07230203;
  const auto word = [&](std::size_t index) {
    const auto value = number_at<std::uint32_t>(bytes, index * sizeof(std::uint32_t));
    return swapped ? __builtin_bswap32(value) : value;
  };
  constexpr const char *kDamaged = "it is damaged: its instructions do not fill it";
  if (bytes.size() % sizeof(std::uint32_t) || count < kHeaderWords || !word(kBound))
    return kDamaged;
  const std::string version =
      concat("SPIR-V_", word(kVersion) >> 16 & 0xff, ".", word(kVersion) >> 8 & 0xff);
  const std::string known = device.text(cl::kIlVersion);
  if (known.find("SPIR-V_") != known.npos && known.find(version) == known.npos)
    return concat("it is of version ", version, ", and the driver takes ", known);
  for (std::size_t at = kHeaderWords; at < count;) {
    const std::size_t words = word(at) >> 16;
    if (!words || words > count - at) return kDamaged;
    at += words;
  }
  return count == kHeaderWords ? kDamaged : "";
}

}  // namespace nexus::opencl
