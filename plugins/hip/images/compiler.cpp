#include "images/compiler.hpp"

#include <nexus-sdk/base/loaded_libraries.hpp>
#include <nexus-sdk/kernels/inline_headers.hpp>

#include "images/compiler_functions.hpp"
#include "images/run_time_compiler.hpp"

namespace nexus::hip {
namespace {

using gpu::variable;
using std::filesystem::path;

// The loaded libraries whose file names begin with a text.
std::vector<path> loaded(std::string_view name) {
  std::vector<path> found;
  for (const path one : loaded_libraries())
    if (one.filename().string().starts_with(name)) found.push_back(one);
  return found;
}

// The folders that ROCm is installed in.
std::vector<path> roots() {
  std::vector<path> found;
  for (const char *const name : {"ROCM_PATH", "HIP_PATH"})
    if (!variable(name).empty()) found.push_back(variable(name));
  found.push_back("/opt/rocm");
  return found;
}

// Before HIP 5.3, its functions are in HIP's own library.
std::vector<std::string> library_names() {
  std::vector<path> folders = gpu::existing_folders(roots(), {"lib"});
  // First the one that belongs to the driver, which loads what it compiles.
  for (const path &driver : loaded("libamdhip64.so"))
    folders.insert(folders.begin(), driver.parent_path());
  folders.push_back("");
  std::vector<std::string> names;
  for (const path &folder : folders)
    for (const char *const name : {"libhiprtc.so", "libamdhip64.so"})
      for (const char *const version : {".7", ".6", ".5", ""})
        names.push_back(folder / concat(name, version));
  return names;
}

struct Hiprtc {
  static constexpr const char *kName = "hiprtc", *kStart = "hiprtc", *kVariable = "NEXUS_HIPRTC",
                              *kSource = "HIP source", *kBinaries = "code objects";
  using Handle = _hiprtcProgram *;
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

// Whether the library comgr compiles for a target.
bool compiles_for(const path &file, const std::string &target) {
  const SharedLibrary library({file});
  Comgr comgr;
  ComgrAction action{};
  // `load` returns a name for each function that stays null, which the analyzer does not see.
  // NOLINTBEGIN(clang-analyzer-core.CallAndMessage)
  if (!library.is_open() || !comgr.load(library, "amd_comgr_").empty() ||
      comgr.create_action_info(&action))
    fail(NXS_CompilerNotAvailable, file.string(), ", which hiprtc needs, does not work");
  const std::string isa = concat("amdgcn-amd-amdhsa--", target);
  const bool known = comgr.action_info_set_isa_name(action, isa.c_str()) == 0;
  comgr.destroy_action_info(action);
  // NOLINTEND(clang-analyzer-core.CallAndMessage)
  return known;
}

}  // namespace

Image compile(const std::string &source, const std::string &name, const std::string &target) {
  // Without the directive, messages name a temporary file. A name that is not UTF-8, or that has
  // several lines, cannot be in one.
  const bool can_be_named = is_text(name) && name.find_first_of("\n\r") == name.npos;
  gpu::Program program(hiprtc(), source, name, can_be_named ? line_directive(1, name) : "");
  // hiprtc has loaded it by now, and ends the process for a target that it does not know.
  for (const path &comgr : loaded("libamd_comgr.so"))
    if (!compiles_for(comgr, target))
      fail(NXS_CompilerNotAvailable, "the installed hiprtc does not compile for ", target, ": ",
           comgr.string(),
           " does not know it; install a later ROCm, or set NEXUS_HIPRTC to its "
           "hiprtc");
  // Otherwise, arguments have no names.
  std::vector<std::string> options = {concat("--offload-arch=", target),
                                      "-fno-discard-value-names"};
  for (const path &folder : gpu::existing_folders(roots(), {"include"}))
    options.push_back("-I" + folder.string());
  std::string log = program.compile(options);
  const std::string data = program.get(hiprtc().GetCodeSize, hiprtc().GetCode);
  Image image = read_image(std::as_bytes(std::span(data)), name, target);
  image.type = "source";
  image.message = std::move(log);
  return image;
}

}  // namespace nexus::hip
