#include "file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nexus-sdk/base/process.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <new>
#include <string_view>

#include "descriptor.hpp"

namespace nexus::cpu {
using namespace sdk;

Bytes read_file(const std::string &path) {
  check_readable_file(path);
  // Should a pipe have taken its place meanwhile, opening it must not wait for a writer.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  Bytes bytes;
  if (*file < 0 || !read_all(*file, bytes))
    fail(NXS_InvalidValue, "'", path, "' cannot be read: ", std::strerror(errno));
  return bytes;
}

void write_file(const std::string &path, std::span<const std::byte> bytes) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (*file < 0 || !write_all(*file, bytes))
    fail(NXS_OutOfResources, "the temporary file '", path,
         "' cannot be written: ", std::strerror(errno));
}

bool read_all(int descriptor, Bytes &bytes) {
  constexpr std::size_t kBlock = std::size_t{1} << 16;
  struct stat info{};
  if (fstat(descriptor, &info) == 0 && info.st_size > 0)
    bytes.reserve(static_cast<std::size_t>(info.st_size) + kBlock);
  while (true) {
    const std::size_t size = bytes.size();
    bytes.resize(size + kBlock);
    const ssize_t count = read(descriptor, bytes.data() + size, kBlock);
    bytes.resize(size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count == 0) return true;
    if (count < 0 && errno != EINTR) return false;
  }
}

bool write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(descriptor, bytes.data(), bytes.size());
    if (count > 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
    if (count < 0 && errno != EINTR) return false;
  }
  return true;
}

TemporaryFolder::TemporaryFolder() {
  const char *const wanted = std::getenv("TMPDIR");
  std::string problem;
  for (const char *const place : {wanted, "/tmp", "/var/tmp"}) {
    if (!place || !*place) continue;
    // Absolute, since the program may change to another folder before this one is removed.
    std::error_code error;
    path_ = (std::filesystem::absolute(place, error) / "nexus-XXXXXX").string();
    if (!error && mkdtemp(path_.data())) return;
    if (problem.empty()) problem = concat("'", place, "': ", std::strerror(errno));
  }
  path_.clear();
  fail(NXS_OutOfResources, "no temporary folder can be made in ", problem,
       "; set TMPDIR to a folder that can be written");
}

TemporaryFolder::~TemporaryFolder() {
  if (rmdir(path_.c_str()) == 0) return;
  try {
    // A destructor cannot report a failure. What is left is in a folder that systems clear.
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  } catch (const std::bad_alloc &) {
    // Listing a folder takes memory, and there is none; the folder stays.
    return;
  }
}

}  // namespace nexus::cpu
