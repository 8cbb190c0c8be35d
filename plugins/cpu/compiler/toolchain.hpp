// The compiler of this machine, and its options.
#pragma once

#include <string>
#include <vector>

#include "compiler/shell_words.hpp"

namespace nexus::cpu {

enum class Language { kC, kCpp };

struct Toolchain {
  // The command as the user names it, in $CC or $CXX, else cc or c++.
  Words wanted;
  // Whether that is installed.
  bool found = false;
  // The command that is run, its program by path. Empty if there is no compiler.
  Words command;
  // The files of the command: the program, and what it starts in turn, as in "ccache gcc".
  std::vector<std::string> programs;
};

// Without a compiler, and where the user names none, the C compiler of the Python package ziglang.
Toolchain find_toolchain(Language language);

// Fails with NXS_CompilerNotAvailable and what to do about it.
[[noreturn]] void reject_missing(const Toolchain &toolchain, Language language);

// The options that come before the user's.
Words options(Language language);

// The most that a kernel's variables, NXS_SHARED and NXS_PRIVATE among them, may need of the stack
// of a thread, in bytes; more is a compile error.
inline constexpr int kMostStack = 1280 << 10;

// The options in NEXUS_CPU_CFLAGS, without those that name the output. Fails with
// NXS_InvalidCompilerOptions for an option with which no shared object is made.
Words users_options();

// Options that differ between compilers: short messages about macros, and the limit of the stack.
// Runs the compiler, with `variables` in its environment, under the guard of the temporary folder.
Words dialect_options(const Toolchain &toolchain, const Words &variables,
                      const std::string &folder);

// The folder of the headers that kernels include: that of NEXUS_HOME, that beside the plugin's own
// folder, or beside another library of this process, as the Python package's; else that of the
// headers that the plugin carries. Empty if there is none.
std::string include_folder();

}  // namespace nexus::cpu
