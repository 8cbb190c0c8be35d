// A note on standard error that names the kernel when a signal such as SIGSEGV comes while it runs.
#pragma once

#include <nexus-sdk/objects/launch.hpp>

#include <string>

namespace nexus::cpu {
using namespace sdk;

// While it exists, this thread runs a part of a launch.
class CrashNote {
 public:
  // Installs the handlers at the first call. Both arguments have to outlive the note.
  CrashNote(const std::string &kernel, const Launch &launch);
  CrashNote(const CrashNote &) = delete;
  CrashNote &operator=(const CrashNote &) = delete;
  ~CrashNote();

 private:
  friend struct CrashHandler;
  const std::string &kernel_;
  const Launch &launch_;
  CrashNote *const outer_;
};

}  // namespace nexus::cpu
