#include "images/compiler.hpp"

#include <signal.h>
#include <nexus-sdk/base/loaded_libraries.hpp>
#include <nexus-sdk/kernels/header_texts.hpp>
#include <nexus-sdk/kernels/item_blocks.hpp>
#include <nexus-sdk/objects/image.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <vector>

#include "driver/driver.hpp"
#include "driver/shared_library.hpp"
#include "images/compiler_functions.hpp"
#include "images/ptx.hpp"

namespace nexus::cuda {
namespace {

namespace fs = std::filesystem;

std::string variable(const char *name) {
  const char *const value = std::getenv(name);
  return value ? value : "";
}

// The existing ones of the folders that NVIDIA's packages and installers use.
std::vector<fs::path> cuda_folders(const std::vector<std::string> &packages,
                                   const std::vector<std::string> &inside) {
  std::vector<fs::path> roots;
  for (const char *const name : {"CUDA_HOME", "CUDA_PATH"})
    if (!variable(name).empty()) roots.push_back(variable(name));
  for (const fs::path site : package_folders())
    for (const std::string &package : packages) roots.push_back(site / "nvidia" / package);
  roots.push_back("/usr/local/cuda");
  std::vector<fs::path> folders;
  for (const fs::path &root : roots)
    for (const std::string &folder : inside) folders.push_back(root / folder);
  std::erase_if(folders, [](const fs::path &folder) {
    std::error_code ignored;
    return !fs::is_directory(folder, ignored);
  });
  return folders;
}

std::vector<std::string> library_names() {
  // A driver does not load the output of a newer major version.
  const int newest = std::max(driver().version / 1000, 12);
  std::vector<std::string> names;
  for (int major = newest; major >= 11; --major) {
    const std::string file = "libnvrtc.so." + (major == 11 ? "11.2" : std::to_string(major));
    names.push_back(file);
    for (const fs::path &folder :
         cuda_folders({"cuda_nvrtc", "cu" + std::to_string(major)}, {"lib64", "lib"}))
      names.push_back(folder / file);
  }
  return names;
}

// The folders of headers that source may include: CUDA's, and those of CUDA's C++ library, which
// CUDA's include.
std::vector<fs::path> header_folders(int nvrtc_major) {
  return cuda_folders({"cuda_runtime", "cuda_cccl", "cu" + std::to_string(nvrtc_major)},
                      {"include", "include/cccl"});
}

struct Nvrtc {
#define NEXUS_NVRTC_FUNCTION(NAME, ...) int (*NAME)(__VA_ARGS__) = nullptr;
  NEXUS_NVRTC_FUNCTIONS(NEXUS_NVRTC_FUNCTION)
#undef NEXUS_NVRTC_FUNCTION
  std::string problem;
  int version = 0;
};

Nvrtc open_nvrtc() {
  Nvrtc opened;
  const std::string chosen = variable("NEXUS_NVRTC");
  const SharedLibrary library(chosen.empty() ? library_names() : std::vector<std::string>{chosen});
  if (!library.is_open()) {
    opened.problem = library.problem();
    return opened;
  }
#define NEXUS_NVRTC_FUNCTION(NAME, ...) \
  if (!library.load(opened.NAME, #NAME)) opened.problem = "it has no " #NAME;
  NEXUS_NVRTC_FUNCTIONS(NEXUS_NVRTC_FUNCTION)
#undef NEXUS_NVRTC_FUNCTION
  int major = 0, minor = 0;
  if (opened.problem.empty() && opened.nvrtcVersion(&major, &minor) == 0)
    opened.version = major * 1000 + minor * 10;
  return opened;
}

// The package of the newest version that works with the driver. From 13 on, its name lacks the
// major version.
std::string package_of_nvrtc() {
  const int major = driver().version / 1000;
  return major <= 12 ? "nvidia-cuda-nvrtc-cu12" : concat("'nvidia-cuda-nvrtc==", major, ".*'");
}

// Opened at the first use; if it is missing, the next use looks for it again.
const Nvrtc &nvrtc() {
  static const Nvrtc opened = [] {
    Nvrtc found = open_nvrtc();
    if (!found.problem.empty())
      fail(NXS_CompilerNotAvailable, "CUDA C++ needs NVIDIA's compiler library NVRTC (",
           found.problem, "); install it, for example by pip install ", package_of_nvrtc(),
           ", or set NEXUS_NVRTC to its file; PTX and cubins load without it");
    return found;
  }();
  return opened;
}

// Restores the program's signal handlers, since the compiler installs its own while it works. One
// thread at a time: another would take the compiler's handlers for the program's and restore those.
class KeepSignals {
 public:
  KeepSignals() : only_(mutex()) {
    for (int number = 1; number < NSIG; ++number)
      known_[index(number)] = sigaction(number, nullptr, &before_[index(number)]) == 0;
  }
  KeepSignals(const KeepSignals &) = delete;
  KeepSignals &operator=(const KeepSignals &) = delete;
  ~KeepSignals() {
    for (int number = 1; number < NSIG; ++number) {
      struct sigaction now{};
      if (!known_[index(number)] || sigaction(number, nullptr, &now) != 0) continue;
      if (now.sa_sigaction != before_[index(number)].sa_sigaction)
        sigaction(number, &before_[index(number)], nullptr);
    }
  }

 private:
  static std::mutex &mutex() {
    static std::mutex one;
    return one;
  }
  static std::size_t index(int number) { return static_cast<std::size_t>(number); }

  const std::lock_guard<std::mutex> only_;
  std::array<struct sigaction, NSIG> before_{};
  std::array<bool, NSIG> known_{};
};

class Program {
 public:
  Program(const std::string &source, const std::string &name) {
    // Headers in memory, by the names that an #include gives.
    constexpr std::size_t kCount = std::size(sdk::kKernelHeaders);
    std::array<const char *, kCount> texts, names;
    for (std::size_t i = 0; i < kCount; ++i) {
      texts[i] = sdk::kKernelHeaders[i].text;
      names[i] = sdk::kKernelHeaders[i].name;
    }
    if (nvrtc().nvrtcCreateProgram(&program_, source.c_str(), name.c_str(), kCount, texts.data(),
                                   names.data()))
      fail(NXS_OutOfHostMemory, "NVRTC did not accept the source");
  }
  Program(const Program &) = delete;
  Program &operator=(const Program &) = delete;
  // The library was opened when the program was made, so this does not throw.
  // NOLINTNEXTLINE(bugprone-exception-escape)
  ~Program() { nvrtc().nvrtcDestroyProgram(&program_); }

  bool compile(const std::vector<std::string> &options) {
    std::vector<const char *> pointers;
    pointers.reserve(options.size());
    for (const std::string &option : options) pointers.push_back(option.c_str());
    const KeepSignals keep;
    return nvrtc().nvrtcCompileProgram(program_, static_cast<int>(pointers.size()),
                                       pointers.data()) == 0;
  }

  // Calls a pair of functions, of which one returns a size and the other that many bytes.
  std::string get(int (*size_of)(_nvrtcProgram *, std::size_t *),
                  int (*bytes_of)(_nvrtcProgram *, char *)) const {
    std::size_t size = 0;
    if (size_of(program_, &size)) fail(NXS_OutOfResources, "NVRTC did not return a size");
    std::string bytes(size, '\0');
    if (size && bytes_of(program_, bytes.data()))
      fail(NXS_OutOfResources, "NVRTC did not return ", size, " bytes");
    return bytes;
  }

 private:
  _nvrtcProgram *program_ = nullptr;
};

// The newest architecture that both the compiler and the device know.
int architecture_for(int capability) {
  int count = 0;
  if (nvrtc().nvrtcGetNumSupportedArchs(&count)) return capability;
  std::vector<int> known(static_cast<std::size_t>(count));
  if (nvrtc().nvrtcGetSupportedArchs(known.data())) return capability;
  std::erase_if(known, [=](int one) { return one > capability; });
  if (known.empty())
    fail(NXS_CompilerNotAvailable, "NVRTC ", nvrtc().version / 1000, ".",
         nvrtc().version % 1000 / 10, " no longer compiles for devices of compute capability ",
         capability / 10, ".", capability % 10);
  return *std::max_element(known.begin(), known.end());
}

}  // namespace

Image compile(const std::string &source, const std::string &name, int capability) {
  const int architecture = architecture_for(capability);
  // The driver compiles PTX for any device, but only PTX from a compiler that is not newer than
  // itself.
  const bool as_ptx = nvrtc().version <= driver().version;
  std::vector<std::string> options = {
      concat("--gpu-architecture=", as_ptx ? "compute_" : "sm_", architecture)};
  for (const fs::path &folder : header_folders(nvrtc().version / 1000))
    options.push_back("--include-path=" + folder.string());
  if (const std::string problems = problems_in_source(source, name); !problems.empty())
    fail(NXS_BuildProgramFailure, "'", name, "' does not compile:\n", problems);
  Program program(std::string(without_byte_order_mark(source)), name);
  const bool compiled = program.compile(options);
  std::string log = program.get(nvrtc().nvrtcGetProgramLogSize, nvrtc().nvrtcGetProgramLog);
  log.resize(log.find_last_not_of(std::string_view("\0\n", 2)) + 1);
  if (!compiled) fail(NXS_BuildProgramFailure, "'", name, "' does not compile:\n", log);
  const std::string ptx = program.get(nvrtc().nvrtcGetPTXSize, nvrtc().nvrtcGetPTX);
  const std::string data =
      as_ptx ? ptx : program.get(nvrtc().nvrtcGetCUBINSize, nvrtc().nvrtcGetCUBIN);
  Image image = read_image(std::as_bytes(std::span(data)), name, capability);
  // A cubin's intermediate PTX also describes the kernels.
  image.kernels = declared_kernels(ptx);
  image.type = "source";
  image.message = std::move(log);
  return image;
}

}  // namespace nexus::cuda
