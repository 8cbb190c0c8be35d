#include "compiler/unpacked_headers.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <nexus-sdk/base/error.hpp>
#include <nexus-sdk/kernels/header_texts.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "compiler/cache_folder.hpp"
#include "compiler/digest.hpp"
#include "file.hpp"

namespace nexus::cpu {
using namespace sdk;
namespace {

constexpr const char *kFolder = "nexus-api";

// Its name within that folder.
std::string file_of(const KernelHeader &header) {
  return std::filesystem::path(header.name).filename().string();
}

std::span<const std::byte> bytes_of(const KernelHeader &header) {
  return std::as_bytes(std::span(header.text, std::strlen(header.text)));
}

std::string contents() {
  std::vector<std::string_view> parts;
  for (const KernelHeader &header : kKernelHeaders) {
    parts.emplace_back(header.name);
    parts.emplace_back(header.text);
  }
  return digest(parts);
}

// The folder in the cache, empty if there is none. A file that is there is compared, so that a
// damaged one is replaced.
std::string in_cache() {
  CacheFolder folder({"include-" + contents(), kFolder});
  for (const KernelHeader &header : kKernelHeaders) {
    const auto wanted = bytes_of(header);
    const std::optional<Bytes> found = folder.read(file_of(header));
    if (!found || !std::equal(found->begin(), found->end(), wanted.begin(), wanted.end()))
      folder.write(file_of(header), wanted);
  }
  if (!folder.problem().empty()) return {};
  return folder.path().substr(0, folder.path().rfind('/'));
}

// Removed when the process ends.
std::string in_temporary_folder() {
  static const TemporaryFolder folder;
  const std::string below = folder.file(kFolder);
  bool written = mkdir(below.c_str(), S_IRWXU) == 0 || errno == EEXIST;
  for (const KernelHeader &header : kKernelHeaders) {
    const std::string path = concat(below, "/", file_of(header));
    const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    written = written && *file >= 0 && write_all(*file, bytes_of(header));
  }
  if (!written)
    fail(NXS_OutOfResources, "the headers of kernels cannot be written to '", below,
         "': ", std::strerror(errno));
  return folder.path();
}

}  // namespace

std::string unpacked_headers() {
  const std::string cached = in_cache();
  return cached.empty() ? in_temporary_folder() : cached;
}

}  // namespace nexus::cpu
