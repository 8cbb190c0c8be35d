// Mapped and temporary files.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace nexus::cpu {

// The content of a regular file, mapped for the lifetime of the object. Fails with
// NXS_InvalidValue.
class MappedFile {
 public:
  explicit MappedFile(const std::string &path);
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;
  ~MappedFile();
  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte *data_ = nullptr;
  std::size_t size_ = 0;
};

// A file with a new name in a folder, removed with the object unless it was kept.
class TemporaryFile {
 public:
  TemporaryFile(const std::string &folder, const std::string &suffix);
  TemporaryFile(const TemporaryFile &) = delete;
  TemporaryFile &operator=(const TemporaryFile &) = delete;
  ~TemporaryFile();

  const std::string &path() const { return path_; }
  void write(std::span<const std::byte> bytes);
  // Renames it to its final name atomically, so that no other process sees a partial file.
  void keep_as(const std::string &path);

 private:
  std::string path_;
};

// The folder for temporary files: $TMPDIR, else /tmp.
std::string temporary_folder();

}  // namespace nexus::cpu
