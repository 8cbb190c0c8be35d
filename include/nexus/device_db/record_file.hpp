/**
 * @file record_file.hpp
 * Reads a record of the device database from its file.
 */
#ifndef NEXUS_DEVICE_DB_RECORD_FILE_HPP
#define NEXUS_DEVICE_DB_RECORD_FILE_HPP

#include <nexus/detail/files.hpp>
#include <nexus/device_db/json.hpp>
#include <nexus/device_db/utf8.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

#include <string>

namespace nexus::detail {

/** The most bytes that a record may have. */
inline constexpr std::size_t kMaxRecord = std::size_t{1} << 20;

/** A file that closes itself. */
class OpenFile {
 public:
  explicit OpenFile(const std::string &path)
      : number_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)) {}
  OpenFile(const OpenFile &) = delete;
  OpenFile &operator=(const OpenFile &) = delete;
  ~OpenFile() {
    if (number_ >= 0) close(number_);
  }
  int number() const noexcept { return number_; }

 private:
  const int number_;
};

/** Returns the contents of a regular file of at most kMaxRecord bytes. Throws RecordError. */
inline std::string readRecordFile(const std::string &path, const std::string &folder) {
  const auto fail = [&](const std::string &reason) { throw RecordError(path, "", reason); };
  const auto failBySystem = [&] {
    fail(std::string("it cannot be read: ") + std::strerror(errno));
  };
  const std::string real = realPath(path), root = folder.empty() ? "" : realPath(folder) + "/";
  if (real.compare(0, root.size(), root) != 0)
    fail("it lies outside of " + folder + ", at " + real);
  const OpenFile file(real);
  struct stat status{};
  if (file.number() < 0 || fstat(file.number(), &status) != 0) failBySystem();
  if (!S_ISREG(status.st_mode)) fail("it is not a regular file");
  std::string bytes;
  char part[1 << 14];
  for (ssize_t count = 1; count > 0;) {
    count = read(file.number(), part, sizeof part);
    if (count < 0) failBySystem();
    bytes.append(part, static_cast<std::size_t>(count));
    if (bytes.size() > kMaxRecord)
      fail("it has more than " + std::to_string(kMaxRecord) + " bytes, which is the limit");
  }
  return bytes;
}

/**
 * Returns a record. `folder`, unless empty, has to contain the file after all links are resolved.
 * Throws RecordError: if the file cannot be read, is no JSON object, or its name does not follow
 * from its contents.
 */
inline Json readRecord(const std::string &path, const std::string &folder) {
  const std::string bytes = readRecordFile(path, folder);
  if (const std::size_t at = findNoText(bytes); at != std::string::npos)
    throw RecordError(path, "", "byte " + std::to_string(at) + " is not UTF-8");
  Json record = JsonReader(path, bytes).read();
  std::string name;
  for (const char *const key : {"Vendor", "Type", "Architecture", "Name"}) {
    const Json *const value = record.find(key);
    if (!value || !value->asString())
      throw RecordError(path, "$", quoted(key) + " is a required property, and a string");
    if (std::string_view(key) != "Name") name += (name.empty() ? "" : "-") + *value->asString();
  }
  name += ".json";
  if (path.substr(path.find_last_of('/') + 1) != name)
    throw RecordError(path, "$", "its contents belong in a file named " + name);
  return record;
}

}  // namespace nexus::detail

#endif  // NEXUS_DEVICE_DB_RECORD_FILE_HPP
