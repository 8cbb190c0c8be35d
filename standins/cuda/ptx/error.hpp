// Errors of loading a program, and of running it.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace standin::ptx {

// The text is not PTX, or is PTX that the interpreter does not support.
struct LoadError : std::runtime_error {
  LoadError(int line, const std::string &text)
      : std::runtime_error("ptxas application ptx input, line " + std::to_string(line) +
                           "; error   : " + text) {}
};

// The version of the PTX is newer than the driver supports.
struct VersionError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class TrapKind {
  illegal_address,
  misaligned_address,
  assertion,
  launch_failure,
  illegal_instruction,
  timeout
};

// A thread did something that breaks its context.
struct Trap {
  TrapKind kind;
  std::string text;
};

}  // namespace standin::ptx
