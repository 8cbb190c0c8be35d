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
#include <utility>

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
    if (pipe(ends) != 0) reject();
    const Descriptor reading(ends[0]), writing(ends[1]);
    reading_ = above_inherited(reading);
    writing_ = above_inherited(writing);
    if (*reading_ < 0 || *writing_ < 0) reject();
  }

  int reading() const { return *reading_; }
  int writing() const { return *writing_; }
  bool is_open() const { return *reading_ >= 0; }

  // The end of this process when a program has the other: what it writes is there to read.
  void become_reader() {
    writing_ = Descriptor();
    fcntl(*reading_, F_SETFL, O_NONBLOCK);
  }

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
  [[noreturn]] static void reject() {
    fail(NXS_OutOfResources, "no pipe can be made: ", std::strerror(errno));
  }

  Descriptor reading_, writing_;
};

// The descriptors of the program beyond its standard ones: which of ours it gets under which
// number.
using Inherited = std::vector<std::pair<int, int>>;

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

class Attributes {
 public:
  // Signals act on the program as they do by default: compilers need to wait for their own
  // children, and Python ignores SIGPIPE.
  Attributes() {
    posix_spawnattr_init(&attributes_);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    for (const int signal : {SIGCHLD, SIGPIPE, SIGXFSZ}) sigaddset(&signals, signal);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  Attributes(const Attributes &) = delete;
  Attributes &operator=(const Attributes &) = delete;
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  const posix_spawnattr_t *operator*() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

// Returns -1 where the program is not there or may not be executed.
pid_t start(const std::vector<std::string> &command, const std::vector<std::string> &environment,
            const Pipe &output, const Pipe &errors, const Inherited &inherited) {
  FileActions actions;
  posix_spawn_file_actions_addopen(*actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(*actions, output.writing(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(*actions, errors.writing(), STDERR_FILENO);
  for (const auto &[ours, theirs] : inherited)
    posix_spawn_file_actions_adddup2(*actions, ours, theirs);
  const std::vector<std::string> variables = merged_environment(environment);
  const Attributes attributes;
  pid_t child = -1;
  const int failure = posix_spawnp(&child, command[0].c_str(), *actions, *attributes,
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

// A pipe from a program, and the text that comes out of it.
struct Reading {
  Pipe &pipe;
  std::string &text;
};

// Follows a program to its end. `look` is called whenever something may have been read.
template <std::size_t kCount, class Look>
Finished follow(pid_t child, std::array<Reading, kCount> readings,
                std::optional<std::chrono::milliseconds> time_limit, const Look &look) {
  Finished finished;
  for (const Reading &reading : readings) reading.pipe.become_reader();
  const auto read_all = [&] {
    for (const Reading &reading : readings)
      if (reading.pipe.is_open()) reading.pipe.read_into(reading.text);
    look();
  };
  const Clock::time_point begin = Clock::now();
  while (true) {
    // A closed pipe has the descriptor -1, which poll passes over.
    std::array<pollfd, kCount> pipes{};
    bool open = false;
    for (std::size_t i = 0; i < kCount; ++i) {
      pipes[i] = {readings[i].pipe.reading(), POLLIN, 0};
      open |= readings[i].pipe.is_open();
    }
    poll(pipes.data(), pipes.size(), open ? kSliceMs : kLastSliceMs);
    read_all();
    if (has_ended(child, WNOHANG, finished)) break;
    if (time_limit && Clock::now() - begin > *time_limit) {
      kill(child, SIGKILL);
      has_ended(child, 0, finished);
      finished.end = End::kTimeLimit;
      break;
    }
  }
  read_all();
  return finished;
}

// The shell's descriptors: the pipe that this process keeps open as long as it lives, and the one
// that takes the program's exit code.
constexpr int kAlive = 3, kCode = 4;

// Starts the program "$@" beside a guard. The guard waits for a line that says that all is well; if
// the pipe closes without one, the process that asked is gone. The shell waits for both, so that
// nothing of it is left.
constexpr const char *kGuard = R"(folder=$1
shift
"$@" 3<&- 4>&- &
program=$!
trap 'kill "$program"' HUP INT QUIT TERM
{ read -r line || { kill "$program"; rm -rf "$folder"; }; } <&3 >/dev/null 2>&1 4>&- &
wait "$program"
echo $? >&4
wait
)";

// A shell's exit codes above this one stand for signals.
constexpr int kFirstSignal = 128;

}  // namespace

Finished run_program(const std::vector<std::string> &command,
                     const std::vector<std::string> &environment,
                     std::optional<std::chrono::milliseconds> time_limit, int descriptor) {
  Pipe output, errors;
  Inherited inherited;
  if (descriptor >= 0) inherited.emplace_back(descriptor, kInherited);
  const pid_t child = start(command, environment, output, errors, inherited);
  if (child < 0) return {};
  std::string out, err;
  Finished finished =
      follow(child, std::array<Reading, 2>{{{output, out}, {errors, err}}}, time_limit, [] {});
  finished.output = std::move(out);
  finished.errors = std::move(err);
  return finished;
}

Finished run_guarded(const std::vector<std::string> &command,
                     const std::vector<std::string> &environment, const std::string &folder) {
  Pipe output, errors, alive, code;
  std::vector<std::string> shell{"/bin/sh", "-c", kGuard, "sh", folder};
  shell.insert(shell.end(), command.begin(), command.end());
  const pid_t child = start(shell, environment, output, errors,
                            {{alive.reading(), kAlive}, {code.writing(), kCode}});
  if (child < 0) return run_program(command, environment);
  std::string out, err, ended;
  bool told = false;
  // Both ends of `alive` are open here, so that writing to it never raises SIGPIPE.
  const auto tell_guard = [&] {
    if (told || ended.empty()) return;
    told = true;
    while (write(alive.writing(), "\n", 1) < 0 && errno == EINTR) {
    }
  };
  Finished finished = follow(
      child, std::array<Reading, 3>{{{output, out}, {errors, err}, {code, ended}}}, {}, tell_guard);
  finished.output = std::move(out);
  finished.errors = std::move(err);
  if (!ended.empty()) {
    finished.code = std::stoi(ended);
    finished.end = finished.code > kFirstSignal ? End::kSignal : End::kExited;
    if (finished.end == End::kSignal) finished.code -= kFirstSignal;
  }
  return finished;
}

}  // namespace nexus::cpu
