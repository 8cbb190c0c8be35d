#include "file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nexus-sdk/base/process.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "descriptor.hpp"

namespace nexus::cpu {
using namespace sdk;

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

}  // namespace nexus::cpu
