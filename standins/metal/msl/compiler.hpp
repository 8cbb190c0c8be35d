// Runs Clang, on files in a temporary folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace msl {

// A temporary folder, removed at the end.
class Scratch {
 public:
  Scratch();
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;
  ~Scratch();

  std::filesystem::path path;
};

std::string read(const std::filesystem::path &path);

// The words of a command that an environment variable names.
std::vector<std::string> command_of(const char *variable, const char *otherwise);

// Returns whether the command succeeded; its output goes to a file.
bool run(std::vector<std::string> command, const std::filesystem::path &output);

}  // namespace msl
