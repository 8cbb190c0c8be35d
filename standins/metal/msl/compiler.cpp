#include "compiler.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "../runtime/object.hpp"

extern char **environ;

namespace msl {

namespace fs = std::filesystem;

Scratch::Scratch() {
  std::string pattern = (fs::temp_directory_path() / "metal-standin-XXXXXX").string();
  if (!mkdtemp(pattern.data())) standin::die("no temporary folder can be made");
  path = pattern;
}

Scratch::~Scratch() {
  std::error_code ignored_as_it_is_the_systems_temporary_folder;
  fs::remove_all(path, ignored_as_it_is_the_systems_temporary_folder);
}

std::string read(const fs::path &path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> command_of(const char *variable, const char *otherwise) {
  const char *const value = std::getenv(variable);
  std::istringstream words(value ? value : otherwise);
  std::vector<std::string> command;
  for (std::string word; words >> word;) command.push_back(word);
  return command;
}

bool run(std::vector<std::string> command, const fs::path &output) {
  std::vector<char *> words;
  for (std::string &word : command) words.push_back(word.data());
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 2, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 2, 1);
  pid_t child;
  const int failure = posix_spawnp(&child, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure)
    standin::die("cannot run the compiler " + command[0] +
                 " (NEXUS_METAL_STANDIN_CXX, NEXUS_METAL_STANDIN_CLANG)");
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace msl
