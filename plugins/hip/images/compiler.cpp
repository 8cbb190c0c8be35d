#include <nexus-sdk/base/loaded_libraries.hpp>
#include <nexus-sdk/kernels/inline_headers.hpp>

#include "driver/hip_functions.hpp"
#include "images/compiler_functions.hpp"
#include "images/read_image.hpp"
#include "images/run_time_compiler.hpp"

namespace nexus::hip {
namespace {

using std::filesystem::path;

// The existing ones of the folders that ROCm is installed in.
std::vector<path> rocm_folders(const char *inside) {
  std::vector<path> roots = gpu::folders_in({"ROCM_PATH", "HIP_PATH"});
  roots.emplace_back("/opt/rocm");
  return gpu::existing_folders(roots, {inside});
}

// Before HIP 5.3, hiprtc's functions are in HIP's own library.
std::vector<std::string> library_names() {
  std::vector<path> folders = rocm_folders("lib");
  // First the one that belongs to the driver, which loads what it compiles.
  for (const path driver : loaded_libraries("libamdhip64.so"))
    folders.insert(folders.begin(), driver.parent_path());
  folders.emplace_back();
  std::vector<std::string> names;
  for (const path &folder : folders)
    for (const char *const name : {"libhiprtc.so", "libamdhip64.so"})
      for (const char *const version : kVersions) names.push_back(folder / concat(name, version));
  return names;
}

struct Hiprtc {
  static constexpr const char *kName = "hiprtc", *kStart = "hiprtc", *kVariable = "NEXUS_HIPRTC",
                              *kSource = "HIP source", *kBinaries = "code objects";
  NEXUS_COMPILER_FUNCTIONS(NEXUS_HIPRTC_FUNCTIONS)
};

// Opened at the first use; if it is missing, the next use looks for it again.
const Hiprtc &hiprtc() {
  static const Hiprtc found =
      gpu::opened<Hiprtc>(library_names(), "apt install libamdhip64-5 libhiprtc-builtins5");
  return found;
}

struct Comgr {
  NEXUS_COMPILER_FUNCTIONS(NEXUS_COMGR_FUNCTIONS)
};

// Fails unless comgr, the library under hiprtc, compiles for the target: hiprtc ends the process
// for one that it does not know.
void check_target(const std::string &target) {
  const std::string isa = concat("amdgcn-amd-amdhsa--", target);
  for (const std::string &file : loaded_libraries("libamd_comgr.so")) {
    const SharedLibrary library({file});
    Comgr comgr;
    ComgrAction action{};
    // `load` returns a name for each function that stays null, which the analyzer does not see.
    // NOLINTBEGIN(clang-analyzer-core.CallAndMessage)
    if (!library.is_open() || !comgr.load(library, "amd_comgr_").empty() ||
        comgr.create_action_info(&action))
      fail(NXS_CompilerNotAvailable, file, ", which hiprtc needs, does not work");
    const bool is_known = comgr.action_info_set_isa_name(action, isa.c_str()) == 0;
    comgr.destroy_action_info(action);
    // NOLINTEND(clang-analyzer-core.CallAndMessage)
    if (!is_known)
      fail(NXS_CompilerNotAvailable, "the installed hiprtc does not compile for ", target, ": ",
           file, " does not know it; install a later ROCm, or set NEXUS_HIPRTC to its hiprtc");
  }
}

}  // namespace

Image compile(const std::string &source, const std::string &name, const std::string &target) {
  // Without the directive, messages name a temporary file.
  gpu::Program program(hiprtc(), source, name, line_directive(1, name));
  check_target(target);
  // Without the second option, arguments have no names.
  std::vector<std::string> options = {concat("--offload-arch=", target),
                                      "-fno-discard-value-names"};
  for (const path &folder : rocm_folders("include")) options.push_back("-I" + folder.string());
  std::string log = program.compile(options);
  const std::string data = program.get(hiprtc().GetCodeSize, hiprtc().GetCode);
  Image image = read_image(std::as_bytes(std::span(data)), name, target);
  image.type = "source";
  image.message = std::move(log);
  return image;
}

}  // namespace nexus::hip
