#include "module.hpp"

#include <algorithm>
#include <cstring>

#include "../ptx/error.hpp"
#include "device_numbers.hpp"
#include "memory.hpp"

namespace standin {
namespace {

// The newest version of PTX that each driver supports.
int newest_ptx(int driver) {
  constexpr std::pair<int, int> kVersions[] = {
      {13000, 90}, {12090, 88}, {12080, 87}, {12070, 86}, {12050, 85}, {12040, 84}, {12030, 83},
      {12020, 82}, {12010, 81}, {12000, 80}, {11080, 78}, {11070, 77}, {11060, 76}, {11050, 75},
      {11040, 74}, {11030, 73}, {11020, 72}, {11010, 71}, {11000, 70}};
  for (const auto &[version, ptx] : kVersions)
    if (driver >= version) return ptx;
  return 65;
}

constexpr std::uint32_t kFatbin = 0xba55ed50, kFatbinWrapper = 0x466243b1;
struct FatbinHeader {
  std::uint32_t magic;
  std::uint16_t version, header_size;
  std::uint64_t size;
};
struct FatbinEntry {
  std::uint16_t kind, version;
  std::uint32_t header_size;
  std::uint64_t size;
  std::uint32_t compressed_size, options_offset;
  std::uint16_t minor, major;
};

std::string ptx_of_fatbin(const char *bytes) {
  FatbinHeader header;
  std::memcpy(&header, bytes, sizeof header);
  const char *at = bytes + header.header_size, *const end = at + header.size;
  while (at < end) {
    FatbinEntry entry;
    std::memcpy(&entry, at, sizeof entry);
    const char *content = at + entry.header_size;
    // Kind 1 is PTX; compressed PTX is not supported.
    // Padded with NULs.
    if (entry.kind == 1 && !entry.compressed_size) return {content, strnlen(content, entry.size)};
    at = content + entry.size;
  }
  fail(CUDA_ERROR_NO_BINARY_FOR_GPU);
}

std::string text_of(const void *image) {
  const char *bytes = static_cast<const char *>(image);
  std::uint32_t magic = 0;
  // A string may be shorter than the magic number.
  std::memcpy(&magic, bytes, std::min<std::size_t>(strnlen(bytes, 4), 4));
  if (magic == kFatbinWrapper) {
    std::memcpy(&bytes, bytes + 8, sizeof bytes);
    std::memcpy(&magic, bytes, 4);
  }
  if (magic == kFatbin) return ptx_of_fatbin(bytes);
  // Machine code of a GPU cannot be interpreted.
  if (std::memcmp(bytes,
                  "\x7f"
                  "ELF",
                  std::min<std::size_t>(strnlen(bytes, 4), 4)) == 0 &&
      magic)
    fail(CUDA_ERROR_NO_BINARY_FOR_GPU);
  std::string text = bytes;
  require(text.find(".version") != text.npos, CUDA_ERROR_INVALID_IMAGE);
  return text;
}

int capability_of(const std::string &target) {
  return target.starts_with("sm_") ? std::atoi(target.c_str() + 3) : 0;
}

class ModuleMemory : public ptx::GlobalMemory {
 public:
  ModuleMemory(CUctx_st &context, std::vector<CUdeviceptr> &made)
      : context_(context), made_(made) {}

  std::uint64_t allocate(std::size_t size, std::size_t) override {
    const Allocation allocation = address_space().allocate(size, &context_, context_.device, true);
    made_.push_back(allocation.base);
    return allocation.base;
  }
  void write(std::uint64_t address, const void *bytes, std::size_t size) override {
    std::memcpy(address_space().device_bytes(address, size), bytes, size);
  }

 private:
  CUctx_st &context_;
  std::vector<CUdeviceptr> &made_;
};

std::unique_ptr<ptx::Program> load(CUctx_st &context, const void *image, std::string &log,
                                   std::vector<CUdeviceptr> &globals) {
  const std::string text = text_of(image);
  ModuleMemory memory(context, globals);
  try {
    auto program = ptx::load(text, newest_ptx(options().driver), memory);
    if (capability_of(program->target) > 10 * kMajor + kMinor) {
      log = "ptxas fatal   : PTX for " + program->target + " on an older device";
      fail(CUDA_ERROR_NO_BINARY_FOR_GPU);
    }
    return program;
  } catch (const ptx::VersionError &error) {
    log = error.what();
    fail(CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
  } catch (const ptx::LoadError &error) {
    log = std::string(error.what()) + "\nptxas fatal   : Ptx assembly aborted due to errors";
    fail(CUDA_ERROR_INVALID_PTX);
  }
}

}  // namespace

std::shared_ptr<CUmod_st> module_of(CUfunction function) {
  const auto holders = live<CUmod_st>().select([&](const CUmod_st &module) {
    return std::any_of(module.functions.begin(), module.functions.end(),
                       [&](const auto &entry) { return &entry.second == function; });
  });
  require(!holders.empty(), CUDA_ERROR_INVALID_HANDLE);
  return holders[0];
}

}  // namespace standin

CUmod_st::CUmod_st(CUctx_st &context, const void *image, std::string &log) : context(context) {
  const auto discard = [&] {
    for (CUdeviceptr one : globals_) standin::address_space().discard(one);
  };
  try {
    program = standin::load(context, image, log, globals_);
  } catch (const standin::Failure &) {
    discard();
    throw;
  }
  for (auto &[name, function] : program->functions) {
    if (!function.is_entry || !function.has_body) continue;
    const int most = standin::kSharedPerBlock - static_cast<int>(function.shared_size);
    functions.try_emplace(name, CUmodule(this), &function, std::max(most, 0));
  }
}

CUmod_st::~CUmod_st() {
  for (CUdeviceptr one : globals_) standin::address_space().discard(one);
}

CUfunction CUmod_st::function(const std::string &name) {
  const auto found = functions.find(name);
  standin::require(found != functions.end(), CUDA_ERROR_NOT_FOUND);
  return &found->second;
}

int CUfunc_st::most_threads() const {
  int most = 1024;
  for (const char *limit : {".maxntid", ".reqntid"})
    if (const auto found = function->limits.find(limit); found != function->limits.end()) {
      unsigned threads = 1;
      for (const unsigned extent : found->second) threads *= extent;
      most = std::min(most, static_cast<int>(threads));
    }
  const int by_registers = static_cast<int>(65536 / std::max(function->registers, 1u)) / 32 * 32;
  return std::min(most, by_registers);
}
