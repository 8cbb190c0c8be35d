#include "images/child_process.hpp"

#include <fcntl.h>
#include <nexus-api/nxs.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <nexus-sdk/base/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "descriptor.hpp"

extern char **environ;

namespace nexus::cpu {
using namespace sdk;
namespace {

using Clock = std::chrono::steady_clock;

// How long to wait for output before looking whether the program has ended: another process that
// inherited a pipe can keep it open after that. Closed pipes mean that it is about to end.
constexpr int kSliceMs = 50, kLastSliceMs = 1;

class Pipe {
 public:
  Pipe() {
    int ends[2];
    if (pipe(ends) != 0) fail(NXS_OutOfResources, "no pipe can be made: ", std::strerror(errno));
    reading_ = above_standard(Descriptor(ends[0]));
    writing_ = above_standard(Descriptor(ends[1]));
    fcntl(*reading_, F_SETFL, O_NONBLOCK);
  }

  int reading() const { return *reading_; }
  int writing() const { return *writing_; }
  void close_writing() { writing_ = Descriptor(); }
  bool is_open() const { return *reading_ >= 0; }

  // Takes what there is to read; closes the pipe when nobody can write to it any more.
  void read_into(std::string &text) {
    std::array<char, 4096> block;
    ssize_t count = 0;
    while ((count = read(*reading_, block.data(), block.size())) > 0 ||
           (count < 0 && errno == EINTR))
      if (count > 0) text.append(block.data(), static_cast<std::size_t>(count));
    if (count == 0 || errno != EAGAIN) reading_ = Descriptor();
  }

 private:
  // The program gets its own descriptors 0 to 2, which are free here if this process closed them.
  static Descriptor above_standard(const Descriptor &end) {
    Descriptor copy(fcntl(*end, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (*copy < 0) fail(NXS_OutOfResources, "no pipe can be made: ", std::strerror(errno));
    return copy;
  }

  Descriptor reading_, writing_;
};

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions &) = delete;
  FileActions &operator=(const FileActions &) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  posix_spawn_file_actions_t *operator*() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

// Pointers to strings, with NULL at the end, as the system takes them.
std::vector<char *> pointers_to(const std::vector<std::string> &strings) {
  std::vector<char *> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string &text : strings) pointers.push_back(const_cast<char *>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> merged_environment(const std::vector<std::string> &entries) {
  std::vector<std::string> merged = entries;
  const auto replaced = [&](std::string_view entry) {
    const std::string_view name = entry.substr(0, entry.find('=') + 1);
    return std::any_of(entries.begin(), entries.end(),
                       [&](const std::string &other) { return other.starts_with(name); });
  };
  for (char **entry = environ; entry && *entry; ++entry)
    if (!replaced(*entry)) merged.emplace_back(*entry);
  return merged;
}

// Returns -1 where the program is not there or may not be executed.
pid_t start(const std::vector<std::string> &command, const std::vector<std::string> &environment,
            const Pipe &output, const Pipe &errors) {
  FileActions actions;
  posix_spawn_file_actions_addopen(*actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(*actions, output.writing(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(*actions, errors.writing(), STDERR_FILENO);
  const std::vector<std::string> variables = merged_environment(environment);
  pid_t child = -1;
  const int failure = posix_spawnp(&child, command[0].c_str(), *actions, nullptr,
                                   pointers_to(command).data(), pointers_to(variables).data());
  if (failure == ENOENT || failure == EACCES || failure == EPERM) return -1;
  if (failure)
    fail(NXS_OutOfResources, "'", command[0], "' cannot be started: ", std::strerror(failure));
  return child;
}

// Whether the program has ended; sets how. `options` are those of waitpid.
bool has_ended(pid_t child, int options, Finished &finished) {
  int status = 0;
  pid_t result = 0;
  do result = waitpid(child, &status, options);
  while (result < 0 && errno == EINTR);
  if (result == 0) return false;
  if (result < 0) {
    finished.end = End::kUnknown;
  } else if (WIFSIGNALED(status)) {
    finished.end = End::kSignal;
    finished.code = WTERMSIG(status);
  } else {
    finished.end = End::kExited;
    finished.code = WEXITSTATUS(status);
  }
  return true;
}

}  // namespace

Finished run_program(const std::vector<std::string> &command,
                     const std::vector<std::string> &environment,
                     std::optional<std::chrono::milliseconds> time_limit) {
  Finished finished;
  Pipe output, errors;
  const pid_t child = start(command, environment, output, errors);
  if (child < 0) return finished;
  output.close_writing();
  errors.close_writing();
  const auto read_both = [&] {
    if (output.is_open()) output.read_into(finished.output);
    if (errors.is_open()) errors.read_into(finished.errors);
  };
  const Clock::time_point begin = Clock::now();
  while (true) {
    // A closed pipe has the descriptor -1, which poll passes over.
    std::array<pollfd, 2> pipes{{{output.reading(), POLLIN, 0}, {errors.reading(), POLLIN, 0}}};
    poll(pipes.data(), pipes.size(),
         output.is_open() || errors.is_open() ? kSliceMs : kLastSliceMs);
    read_both();
    if (has_ended(child, WNOHANG, finished)) break;
    if (time_limit && Clock::now() - begin > *time_limit) {
      kill(child, SIGKILL);
      has_ended(child, 0, finished);
      finished.end = End::kTimeLimit;
      break;
    }
  }
  read_both();
  return finished;
}

}  // namespace nexus::cpu
