// The system's compiler, for libraries that come as source text.
#pragma once

#include <span>
#include <string>

namespace nexus::cpu {

enum class Language { kC, kCpp };

// Compiles the source file and returns the path of the shared object, which stays in the cache: the
// same source, as the preprocessor sees it, with the same compiler, flags and processor is compiled
// once.
//
// The cache is $NEXUS_CACHE_DIR/cpu, else nexus/cpu in $XDG_CACHE_HOME or ~/.cache. The compiler is
// $CC or $CXX, else cc or c++.
//
// Fails with NXS_CompilerNotAvailable, or with NXS_BuildProgramFailure and the compiler's text.
std::string compile_file(const std::string &source, Language language);

// The same for C source in memory.
std::string compile_text(std::span<const std::byte> text);

}  // namespace nexus::cpu
