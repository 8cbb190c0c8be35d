#include "file.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <nexus-sdk/base/process.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

extern char **environ;

namespace nexus::cpu {
using namespace sdk;
namespace {

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  int operator*() const { return value_; }

 private:
  const int value_;
};

std::string content_of(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A program's exit code, or -1.
int wait_for_exit(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

MappedFile::MappedFile(const std::string &path) {
  check_readable_file(path);
  const auto reject = [&] {
    fail(NXS_InvalidValue, "'", path, "' cannot be read: ", std::strerror(errno));
  };
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info{};
  if (*file < 0 || fstat(*file, &info) != 0) reject();
  size_ = static_cast<std::size_t>(info.st_size);
  if (size_ == 0) return;
  void *const data = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, *file, 0);
  if (data == MAP_FAILED) reject();
  data_ = static_cast<const std::byte *>(data);
}

MappedFile::~MappedFile() {
  if (data_) munmap(const_cast<std::byte *>(data_), size_);
}

TemporaryFile::TemporaryFile(const std::string &folder, const std::string &suffix)
    : path_(folder + "/nexus-XXXXXX" + suffix) {
  const Descriptor file(mkstemps(path_.data(), static_cast<int>(suffix.size())));
  if (*file < 0)
    fail(NXS_OutOfResources, "no temporary file can be made in '", folder,
         "': ", std::strerror(errno));
}

TemporaryFile::~TemporaryFile() {
  if (!path_.empty()) unlink(path_.c_str());
}

void TemporaryFile::write(std::span<const std::byte> bytes) {
  std::ofstream file(path_, std::ios::binary);
  file.write(reinterpret_cast<const char *>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) fail(NXS_OutOfResources, "the temporary file '", path_, "' cannot be written");
}

void TemporaryFile::keep_as(const std::string &path) {
  if (std::rename(path_.c_str(), path.c_str()) != 0)
    fail(NXS_OutOfResources, "the file '", path, "' cannot be made: ", std::strerror(errno));
  path_.clear();
}

std::string temporary_folder() {
  const char *folder = std::getenv("TMPDIR");
  return folder && *folder ? folder : "/tmp";
}

Finished run_program(const std::vector<std::string> &command) {
  // Files rather than pipes: they are read when the program has ended, whatever it wrote first.
  const TemporaryFile output(temporary_folder(), ".out"), errors(temporary_folder(), ".err");
  std::vector<char *> arguments;
  for (const std::string &argument : command)
    arguments.push_back(const_cast<char *>(argument.c_str()));
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.path().c_str(),
                                   O_WRONLY | O_TRUNC, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors.path().c_str(),
                                   O_WRONLY | O_TRUNC, 0);
  pid_t child = -1;
  const int failure =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure == ENOENT || failure == EACCES) return {};
  if (failure)
    fail(NXS_OutOfResources, "'", command[0], "' cannot be started: ", std::strerror(failure));

  Finished finished;
  finished.found = true;
  finished.exit_code = wait_for_exit(child);
  finished.output = content_of(output.path());
  finished.errors = content_of(errors.path());
  return finished;
}

}  // namespace nexus::cpu
