#include "compiler/toolchain.hpp"

#include <dlfcn.h>
#include <nexus-api.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nexus-sdk/base/error.hpp>
#include <nexus-sdk/base/loaded_libraries.hpp>

#include <filesystem>
#include <set>

#include "compiler/unpacked_headers.hpp"
#include "host/host_info.hpp"
#include "images/child_process.hpp"
#include "text.hpp"

namespace nexus::cpu {
using namespace sdk;
namespace {

namespace fs = std::filesystem;

constexpr const char *kUsersOptions = "NEXUS_CPU_CFLAGS";

bool is_program(const std::string &path) {
  struct stat info{};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && access(path.c_str(), X_OK) == 0;
}

// The path of a program, found by PATH unless its name has a slash; empty if there is none.
std::string find_program(const std::string &name) {
  if (name.find('/') != std::string::npos) return is_program(name) ? name : "";
  for (const std::string &folder : folders_in("PATH"))
    if (const std::string path = concat(folder, "/", name); is_program(path)) return path;
  return {};
}

std::string find_zig() {
  for (const std::string &folder : package_folders())
    if (const std::string program = folder + "ziglang/zig"; is_program(program)) return program;
  return find_program("zig");
}

const char *variable_of(Language language) { return language == Language::kC ? "CC" : "CXX"; }

bool has_headers(const fs::path &folder) {
  std::error_code error;
  return fs::exists(folder / "nexus-api" / "nxs_kernel.h", error);
}

}  // namespace

Toolchain find_toolchain(Language language) {
  const bool c = language == Language::kC;
  Toolchain toolchain;
  toolchain.wanted = words_in(variable_of(language));
  const bool named = !toolchain.wanted.empty();
  if (!named) toolchain.wanted = {c ? "cc" : "c++"};
  toolchain.command = toolchain.wanted;
  toolchain.command[0] = find_program(toolchain.wanted[0]);
  toolchain.found = !toolchain.command[0].empty();
  if (!toolchain.found && !named) toolchain.command = {find_zig(), c ? "cc" : "c++"};
  if (toolchain.command[0].empty()) {
    toolchain.command.clear();
    return toolchain;
  }
  toolchain.programs = {toolchain.command[0]};
  for (std::size_t i = 1; i < toolchain.command.size(); ++i)
    if (const std::string program = find_program(toolchain.command[i]); !program.empty())
      toolchain.programs.push_back(program);
  return toolchain;
}

void reject_missing(const Toolchain &toolchain, Language language) {
  fail(NXS_CompilerNotAvailable, "the compiler '", toolchain.wanted[0],
       "' is not installed; install one, for example by 'apt install ",
       language == Language::kC ? "gcc" : "g++", "' or 'pip install ziglang', or name one in ",
       variable_of(language));
}

Words options(Language language) {
  // Items are independent, so the compiler may compute both sides of a branch: no item can trap or
  // set errno for another.
  Words words{"-O3",
              "-march=native",
              "-fPIC",
              "-fvisibility=hidden",
              "-fno-math-errno",
              "-fno-trapping-math",
              language == Language::kC ? "-std=gnu11" : "-std=gnu++17"};
  // A function that is not declared is an error here rather than a symbol that is missing later.
  if (language == Language::kC) words.push_back("-Werror=implicit-function-declaration");
  if (const std::string folder = include_folder(); !folder.empty()) words.push_back("-I" + folder);
#if defined(__x86_64__)
  if (host_info().simd_lanes == 16) words.push_back("-mprefer-vector-width=512");
#endif
  return words;
}

Words users_options() {
  const std::set<std::string> kOthers{"-c", "-S", "-E", "-M", "-MM", "-fsyntax-only", "-###"};
  Words kept;
  const Words words = words_in(kUsersOptions);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (kOthers.contains(words[i]))
      fail(NXS_InvalidCompilerOptions, kUsersOptions, " contains '", words[i],
           "', with which the compiler makes no shared object; remove it");
    if (words[i] == "-o" || words[i] == "--output")
      ++i;
    else if (!words[i].starts_with("-o") && !words[i].starts_with("--output="))
      kept.push_back(words[i]);
  }
  return kept;
}

Words dialect_options(const Toolchain &toolchain, const Words &variables,
                      const std::string &folder) {
  Words command = toolchain.command;
  command.push_back("--version");
  const std::string version = run_guarded(command, variables, folder).output;
  const bool clang = contains(version, "clang");
  const std::string limit = std::to_string(kMostStack);
  if (clang)
    return {"-fmacro-backtrace-limit=1", "-Wframe-larger-than=" + limit,
            "-Werror=frame-larger-than"};
  return {"-ftrack-macro-expansion=0", "-Werror=frame-larger-than=" + limit};
}

std::string include_folder() {
  std::vector<fs::path> folders;
  if (const std::string home = environment("NEXUS_HOME"); !home.empty())
    folders.push_back(fs::path(home) / "include");
  std::error_code error;
  Dl_info plugin{};
  if (dladdr(reinterpret_cast<const void *>(&nxsGetApiVersion), &plugin)) {
    const fs::path file = fs::canonical(plugin.dli_fname, error);
    folders.push_back(file.parent_path().parent_path() / "include");
  }
  for (const std::string &library : loaded_libraries())
    folders.push_back(fs::path(library).parent_path() / "include");
  for (const fs::path &folder : folders)
    if (folder.is_absolute() && has_headers(folder)) return folder.string();
  return unpacked_headers();
}

}  // namespace nexus::cpu
