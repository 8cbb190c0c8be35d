#include "images/system_loader.hpp"

#if defined(__GLIBC__)
#include <link.h>
#include <unistd.h>
#include <nexus-sdk/base/error.hpp>

#include <chrono>
#include <cstring>

#include "images/child_process.hpp"
#endif

namespace nexus::cpu {

#if defined(__GLIBC__)
using namespace sdk;
namespace {

// Far beyond the 2 ms that the loader needs; only a damaged file keeps it busy for this long.
constexpr std::chrono::seconds kTimeLimit{20};

// The path of the loader that started this process, from the program headers of its executable;
// empty for a static executable.
std::string loader_path() {
  std::string path;
  dl_iterate_phdr(
      [](dl_phdr_info *info, std::size_t, void *result) {
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const ElfW(Phdr) &segment = info->dlpi_phdr[i];
          if (segment.p_type == PT_INTERP)
            *static_cast<std::string *>(result) =
                reinterpret_cast<const char *>(info->dlpi_addr + segment.p_vaddr);
        }
        // The executable comes first; nothing else is of interest.
        return 1;
      },
      &path);
  return path;
}

// The reason in the loader's messages, "PROGRAM: error while loading shared libraries: FILE: TEXT".
std::string reason_in(const std::string &errors, const std::string &file) {
  std::string line = errors.substr(0, errors.find('\n'));
  const std::string prefix = file + ": ";
  if (const std::size_t last = line.rfind(prefix); last != std::string::npos)
    line.erase(0, last + prefix.size());
  return line;
}

}  // namespace

void check_with_system_loader(const std::string &path, int descriptor, const std::string &name) {
  static const std::string loader = loader_path();
  if (loader.empty() || getuid() != geteuid() || getgid() != getegid()) return;
  const std::string file = descriptor < 0 ? path : concat("/proc/self/fd/", kInherited);
  // As ldd -r does: list what the file needs, and relocate it all rather than on first use.
  const Finished finished =
      run_program({loader, file}, {"LD_TRACE_LOADED_OBJECTS=1", "LD_BIND_NOW=1", "LD_WARN=yes"},
                  kTimeLimit, descriptor);
  const auto reject = [&](const auto &...reason) {
    fail(NXS_InvalidBinary, name, " is not a kernel library: ", reason...);
  };
  const std::string reason = reason_in(finished.errors, file);
  switch (finished.end) {
    case End::kNotFound: return;
    case End::kExited:
      if (finished.code != 0)
        reject("the system's loader refuses it: ",
               reason.empty() ? concat("exit code ", finished.code) : reason);
      return;
    case End::kSignal:
      reject("the system's loader crashes on it (", strsignal(finished.code), ")");
      return;
    case End::kTimeLimit: reject("the system's loader does not finish with it"); return;
    case End::kUnknown:
      // Lists what the file needs, if it could be mapped.
      if (finished.output.empty()) reject("the system's loader refuses it: ", reason);
      return;
  }
}

#else

void check_with_system_loader(const std::string &, int, const std::string &) {}

#endif

}  // namespace nexus::cpu
