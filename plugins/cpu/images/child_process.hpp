// Runs other programs and collects what they write.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace nexus::cpu {

// How a program ended.
enum class End {
  kNotFound,   // it was not started: there is no such program, or it may not be executed
  kExited,     // by itself
  kSignal,     // by a signal
  kTimeLimit,  // it was killed at the time limit
  // It has ended, but this process ignores SIGCHLD or waits for all its children elsewhere, so that
  // the system does not say how.
  kUnknown,
};

struct Finished {
  End end = End::kNotFound;
  // The exit code, or the number of the signal.
  int code = 0;
  // What the program wrote to standard output and standard error.
  std::string output, errors;

  // Whether it ended with an error; false where it is unknown how it ended.
  bool failed() const { return end != End::kUnknown && (end != End::kExited || code != 0); }
};

// Runs a program, found by PATH unless its name has a slash, until it ends. Standard input is
// empty. `environment` holds entries NAME=VALUE that replace those of this process. The program
// finds the file `descriptor`, if there is one, under its descriptor kInherited.
//
// Fails with NXS_OutOfResources where no process or pipe can be made.
Finished run_program(const std::vector<std::string> &command,
                     const std::vector<std::string> &environment = {},
                     std::optional<std::chrono::milliseconds> time_limit = {}, int descriptor = -1);
inline constexpr int kInherited = 3;

// Runs a program that works in a temporary folder. Should this process be killed meanwhile, the
// program is ended and the folder removed. The result says how the program ended even where
// children are waited for elsewhere.
Finished run_guarded(const std::vector<std::string> &command,
                     const std::vector<std::string> &environment, const std::string &folder);

}  // namespace nexus::cpu
