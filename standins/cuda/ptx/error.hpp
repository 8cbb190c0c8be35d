// What stops a program from being loaded, and what stops it while it runs.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace standin::ptx {

// The text is not PTX, or PTX that is not interpreted here.
struct LoadError : std::runtime_error {
  LoadError(int line, const std::string &text)
      : std::runtime_error("ptxas application ptx input, line " + std::to_string(line) +
                           "; error   : " + text) {}
};

// PTX of a newer version than the driver knows.
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

// A thread did what breaks its context.
struct Trap {
  TrapKind kind;
  std::string text;
};

}  // namespace standin::ptx
