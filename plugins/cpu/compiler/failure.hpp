// What went wrong when a compiler fails.
#pragma once

#include <string>

#include "images/child_process.hpp"

namespace nexus::cpu {

// Fails with NXS_BuildProgramFailure and the compiler's text if the source is at fault, and if the
// compiler or the machine is, with what happened. `source` and `compiler` are what
// messages call them.
[[noreturn]] void reject_build(const Finished &finished, const std::string &source,
                               const std::string &compiler);

}  // namespace nexus::cpu
