// Libraries that come as source text: compiled by the system's compiler, and kept in a cache.
#pragma once

#include <span>
#include <string>

#include "compiler/toolchain.hpp"
#include "file.hpp"

namespace nexus::cpu {

struct Compiled {
  // The shared object.
  Bytes image;
  // The compiler's warnings, and once in a process the reason why nothing is kept in the cache.
  std::string message;
};

// What messages call a source without a file.
inline constexpr const char *kSourceText = "<source>";

// Compiles a source file. The cache is asked first: the same source, with the same options,
// compiler, processor and included files is compiled once, and then needs no compiler.
//
// Fails with NXS_InvalidValue if the file cannot be read, with NXS_CompilerNotAvailable,
// NXS_InvalidCompilerOptions, with NXS_OutOfResources if there is no temporary folder or no room in
// it, or with NXS_BuildProgramFailure and the compiler's text.
Compiled compile_file(const std::string &path, Language language);

// The same for C source in memory.
Compiled compile_text(std::span<const std::byte> text);

}  // namespace nexus::cpu
