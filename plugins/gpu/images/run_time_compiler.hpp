// What NVRTC and hiprtc have in common: the same functions under other names, where they are looked
// for, and how a source is compiled.
#pragma once

#include <nexus-sdk/base/error.hpp>
#include <nexus-sdk/base/keep_signals.hpp>
#include <nexus-sdk/base/shared_library.hpp>
#include <nexus-sdk/kernels/header_texts.hpp>
#include <nexus-sdk/kernels/item_blocks.hpp>
#include <nexus-sdk/objects/image.hpp>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "images/rtc_functions.hpp"

namespace nexus::gpu {
using namespace sdk;

// An environment variable; empty where it is not set.
inline std::string variable(const char *name) {
  const char *const value = std::getenv(name);
  return value ? value : "";
}

// The folders that environment variables name.
inline std::vector<std::filesystem::path> folders_in(const std::vector<const char *> &variables) {
  std::vector<std::filesystem::path> folders;
  for (const char *const name : variables)
    if (const std::string folder = variable(name); !folder.empty()) folders.emplace_back(folder);
  return folders;
}

// The folders that exist of those under the roots that compilers are installed in.
inline std::vector<std::filesystem::path> existing_folders(
    const std::vector<std::filesystem::path> &roots, const std::vector<std::string> &inside) {
  std::vector<std::filesystem::path> folders;
  std::error_code ignored;
  for (const std::filesystem::path &root : roots)
    for (const std::string &folder : inside)
      if (std::filesystem::is_directory(root / folder, ignored)) folders.push_back(root / folder);
  return folders;
}

// What a struct of a library's functions consists of: `LIST` has their names without the start that
// all share.
#define NEXUS_COMPILER_MEMBER(NAME, ...) int (*NAME)(__VA_ARGS__) = nullptr;
#define NEXUS_COMPILER_LOAD(NAME, ...) \
  if (missing.empty() && !library.load(NAME, concat(start, #NAME).c_str())) missing = #NAME;
#define NEXUS_COMPILER_FUNCTIONS(LIST)                                        \
  LIST(NEXUS_COMPILER_MEMBER)                                                 \
  /* Returns the name of a function that the library lacks; empty if none. */ \
  std::string load(const SharedLibrary &library, const char *start) {         \
    std::string missing;                                                      \
    LIST(NEXUS_COMPILER_LOAD)                                                 \
    return missing;                                                           \
  }

// The functions of the first library that has all of them, from the file that Rtc::kVariable names
// or from one of `names`. Fails with NXS_CompilerNotAvailable if there is none; `install` is a
// command that gets it.
template <class Rtc>
Rtc opened(const std::vector<std::string> &names, const std::string &install) {
  const std::string chosen = variable(Rtc::kVariable);
  std::string problem;
  for (const std::string &name : chosen.empty() ? names : std::vector{chosen}) {
    const SharedLibrary library({name});
    Rtc found;
    const std::string missing = library.is_open() ? found.load(library, Rtc::kStart) : "";
    if (library.is_open() && missing.empty()) return found;
    if (problem.empty() || library.is_open())
      problem =
          library.is_open() ? concat(name, " has no ", Rtc::kStart, missing) : library.problem();
  }
  fail(NXS_CompilerNotAvailable, Rtc::kSource, " needs the compiler library ", Rtc::kName, " (",
       problem, "); install it, for example by ", install, ", or set ", Rtc::kVariable,
       " to its file; ", Rtc::kBinaries, " load without it");
}

// A source under compilation. `Rtc` holds the compiler's functions, and outlives the program.
template <class Rtc>
class Program {
 public:
  // `name` is what messages call the source, and `before` is what precedes it for the compiler.
  Program(const Rtc &rtc, const std::string &source, std::string name,
          const std::string &before = {})
      : rtc_(rtc), name_(std::move(name)) {
    if (const std::string problems = problems_in_source(source, name_); !problems.empty())
      fail(NXS_BuildProgramFailure, "'", name_, "' does not compile:\n", problems);
    // Headers in memory, by the names that an #include gives.
    constexpr std::size_t kCount = std::size(kKernelHeaders);
    std::array<const char *, kCount> texts, names;
    for (std::size_t i = 0; i < kCount; ++i) {
      texts[i] = kKernelHeaders[i].text;
      names[i] = kKernelHeaders[i].name;
    }
    const std::string text = before + std::string(without_byte_order_mark(source));
    if (rtc_.CreateProgram(&program_, text.c_str(), name_.c_str(), kCount, texts.data(),
                           names.data()))
      fail(NXS_OutOfHostMemory, Rtc::kName, " did not accept the source");
  }
  Program(const Program &) = delete;
  Program &operator=(const Program &) = delete;
  ~Program() { rtc_.DestroyProgram(&program_); }

  // Returns the compiler's warnings and remarks. Fails with NXS_BuildProgramFailure and the
  // compiler's text if the source has errors.
  std::string compile(const std::vector<std::string> &options) {
    std::vector<const char *> pointers;
    pointers.reserve(options.size());
    for (const std::string &option : options) pointers.push_back(option.c_str());
    bool compiled;
    {
      const KeepSignals keep;
      compiled =
          rtc_.CompileProgram(program_, static_cast<int>(pointers.size()), pointers.data()) == 0;
    }
    std::string log = get(rtc_.GetProgramLogSize, rtc_.GetProgramLog);
    log.resize(log.find_last_not_of(std::string_view("\0\n", 2)) + 1);
    if (!compiled) fail(NXS_BuildProgramFailure, "'", name_, "' does not compile:\n", log);
    return log;
  }

  // Calls a pair of functions, of which one returns a size and the other that many bytes.
  std::string get(int (*size_of)(RtcProgram, std::size_t *),
                  int (*bytes_of)(RtcProgram, char *)) const {
    std::size_t size = 0;
    if (size_of(program_, &size)) fail(NXS_OutOfResources, Rtc::kName, " did not return a size");
    std::string bytes(size, '\0');
    if (size && bytes_of(program_, bytes.data()))
      fail(NXS_OutOfResources, Rtc::kName, " did not return ", size, " bytes");
    return bytes;
  }

 private:
  const Rtc &rtc_;
  const std::string name_;
  RtcProgram program_ = nullptr;
};

}  // namespace nexus::gpu
