#include "compiler/failure.hpp"

#include <nexus-api/nxs.h>
#include <nexus-sdk/base/error.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <initializer_list>

#include "compiler/toolchain.hpp"
#include "text.hpp"

namespace nexus::cpu {
using namespace sdk;
namespace {

bool has_one_of(const std::string &text, std::initializer_list<std::string> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const std::string &part) { return contains(text, part); });
}

}  // namespace

void reject_build(const Finished &finished, const std::string &source,
                  const std::string &compiler) {
  const std::string &said = finished.errors;
  const std::string after = said.empty() ? "" : ":\n" + said;
  const std::string subject = concat("the compiler '", compiler, "' ");
  if (has_one_of(said, {"No space left on device", std::strerror(ENOSPC), std::strerror(EDQUOT)}))
    fail(NXS_OutOfResources, "there is no room in the temporary folder to compile '", source,
         "'; free some, or set TMPDIR to another folder", after);
  if (finished.end == End::kSignal)
    fail(NXS_BuildProgramFailure, subject, "was ended by signal ", finished.code, " (",
         strsignal(finished.code), ") while it compiled '", source, "'",
         finished.code == SIGKILL ? "; the system does so when memory runs out" : "", after);
  // Compilers start other programs, and report how those ended.
  if (has_one_of(said, {"internal compiler error", "signal terminated program",
                        "terminated with signal", "failed due to signal"}))
    fail(NXS_BuildProgramFailure, subject, "broke down while it compiled '", source, "'", after);
  if (has_one_of(said, {"frame-larger-than", "stack frame size"}))
    fail(NXS_BuildProgramFailure, "'", source,
         "' does not compile: the variables of a kernel need more "
         "than ",
         kMostStack >> 10,
         " KiB of a thread's stack; make its NXS_SHARED and NXS_PRIVATE arrays "
         "smaller, or use NXS_SHARED_DYNAMIC or a buffer",
         after);
  if (said.empty() && finished.end == End::kExited)
    fail(NXS_BuildProgramFailure, subject, "made no shared object of '", source,
         "' and gave no message; its exit code is ", finished.code);
  if (said.empty())
    fail(NXS_BuildProgramFailure, subject, "made no shared object of '", source,
         "' and gave no message; its exit code is unknown");
  fail(NXS_BuildProgramFailure, "'", source, "' does not compile", after);
}

}  // namespace nexus::cpu
