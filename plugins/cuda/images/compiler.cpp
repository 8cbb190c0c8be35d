#include "images/read_image.hpp"

#include <nexus-sdk/base/loaded_libraries.hpp>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "driver/driver.hpp"
#include "images/compiler_functions.hpp"
#include "images/ptx.hpp"
#include "images/run_time_compiler.hpp"

namespace nexus::cuda {
namespace {

namespace fs = std::filesystem;

// The existing ones of the folders that NVIDIA's packages and installers use.
std::vector<fs::path> cuda_folders(const std::vector<std::string> &packages,
                                   const std::vector<std::string> &inside) {
  std::vector<fs::path> roots = gpu::folders_in({"CUDA_HOME", "CUDA_PATH"});
  for (const fs::path site : package_folders())
    for (const std::string &package : packages) roots.push_back(site / "nvidia" / package);
  roots.push_back("/usr/local/cuda");
  return gpu::existing_folders(roots, inside);
}

std::vector<std::string> library_names() {
  // A driver does not load the output of a newer major version.
  const int newest = std::max(gpu::driver().version / 1000, 12);
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
  static constexpr const char *kName = "NVRTC", *kStart = "nvrtc", *kVariable = "NEXUS_NVRTC",
                              *kSource = "CUDA C++", *kBinaries = "PTX and cubins";
  NEXUS_COMPILER_FUNCTIONS(NEXUS_NVRTC_FUNCTIONS)
  int version = 0;
};

// The package of the newest version that works with the driver. From 13 on, its name lacks the
// major version.
std::string package_of_nvrtc() {
  const int major = gpu::driver().version / 1000;
  return major <= 12 ? "nvidia-cuda-nvrtc-cu12" : concat("'nvidia-cuda-nvrtc==", major, ".*'");
}

// Opened at the first use; if it is missing, the next use looks for it again.
const Nvrtc &nvrtc() {
  static const Nvrtc found = [] {
    Nvrtc one = gpu::opened<Nvrtc>(library_names(), concat("pip install ", package_of_nvrtc()));
    int major = 0, minor = 0;
    if (one.Version(&major, &minor) == 0) one.version = major * 1000 + minor * 10;
    return one;
  }();
  return found;
}

// The newest architecture that both the compiler and the device know.
int architecture_for(int capability) {
  int count = 0;
  if (nvrtc().GetNumSupportedArchs(&count)) return capability;
  std::vector<int> known(static_cast<std::size_t>(count));
  if (nvrtc().GetSupportedArchs(known.data())) return capability;
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
  const bool as_ptx = nvrtc().version <= gpu::driver().version;
  std::vector<std::string> options = {
      concat("--gpu-architecture=", as_ptx ? "compute_" : "sm_", architecture)};
  for (const fs::path &folder : header_folders(nvrtc().version / 1000))
    options.push_back("--include-path=" + folder.string());
  gpu::Program program(nvrtc(), source, name);
  std::string log = program.compile(options);
  const std::string ptx = program.get(nvrtc().GetPTXSize, nvrtc().GetPTX);
  const std::string data = as_ptx ? ptx : program.get(nvrtc().GetCUBINSize, nvrtc().GetCUBIN);
  Image image = read_image(std::as_bytes(std::span(data)), name, capability);
  // A cubin's intermediate PTX also describes the kernels.
  image.kernels = gpu::declared_kernels(ptx);
  image.type = "source";
  image.message = std::move(log);
  return image;
}

}  // namespace nexus::cuda
