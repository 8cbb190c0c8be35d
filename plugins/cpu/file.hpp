// Reading and writing files, and folders for temporary ones.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace nexus::cpu {

using Bytes = std::vector<std::byte>;

// The content of a regular file. Fails with NXS_InvalidValue.
Bytes read_file(const std::string &path);

// Makes or replaces a file. Fails with NXS_OutOfResources.
void write_file(const std::string &path, std::span<const std::byte> bytes);

// What is left to read from a descriptor. Returns false with errno set if it cannot be read.
bool read_all(int descriptor, Bytes &bytes);

// Returns false with errno set, having written a part, if not all could be written.
bool write_all(int descriptor, std::span<const std::byte> bytes);

// A new folder that only this user can use, in $TMPDIR, or where that cannot be written in /tmp or
// /var/tmp. It is removed with the object, and all it contains.
class TemporaryFolder {
 public:
  // Fails with NXS_OutOfResources.
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;
  ~TemporaryFolder();

  const std::string &path() const { return path_; }
  std::string file(const std::string &name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace nexus::cpu
