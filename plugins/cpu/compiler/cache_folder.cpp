#include "compiler/cache_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nexus-sdk/base/error.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <memory>
#include <utility>

#include "compiler/shell_words.hpp"

namespace nexus::cpu {
using namespace sdk;
namespace {

// Why others could have written to a file or folder; empty if they could not.
std::string exposure(const struct stat &info) {
  if (info.st_uid != geteuid()) return concat("belongs to another user (", info.st_uid, ")");
  if (info.st_mode & (S_IWGRP | S_IWOTH)) return "can be written by other users";
  return {};
}

std::string unavailable(int reason) { return concat("cannot be used: ", std::strerror(reason)); }

}  // namespace

CacheFolder::CacheFolder(const std::vector<std::string> &below) {
  if (const std::string given = environment("NEXUS_CACHE_DIR"); !given.empty()) {
    open_base(given);
  } else {
    // A relative path is invalid there (XDG Base Directory Specification).
    std::string base = environment("XDG_CACHE_HOME");
    if (!base.starts_with('/')) {
      const std::string home = environment("HOME");
      if (home.empty()) {
        problem_ = "has no place, since HOME is not set";
        return;
      }
      base = home + "/.cache";
    }
    open_base(base);
    enter("nexus");
  }
  enter("cpu");
  for (const std::string &name : below) enter(name);
}

void CacheFolder::open_base(const std::string &base) {
  // Each missing folder is made for this user alone, whatever the process's mask allows.
  std::filesystem::path path;
  for (const std::filesystem::path &part : std::filesystem::path(base)) {
    path /= part;
    if (mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST && errno != EISDIR &&
        access(path.c_str(), F_OK) != 0)
      break;
  }
  path_ = base;
  folder_ = Descriptor(open(base.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (*folder_ < 0) fail_with(unavailable(errno));
}

void CacheFolder::enter(const std::string &name) {
  if (!problem_.empty()) return;
  path_ += "/" + name;
  const bool made = mkdirat(*folder_, name.c_str(), S_IRWXU) == 0;
  const int not_made = errno;
  const int opened =
      openat(*folder_, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat info{};
  int reason = opened < 0 || fstat(opened, &info) != 0 ? errno : 0;
  folder_ = Descriptor(opened);
  if (reason) {
    if (!made && reason == ENOENT) reason = not_made;
    const bool is_link = reason == ELOOP || reason == ENOTDIR;
    fail_with(is_link ? "is a link, or no folder" : unavailable(reason));
  } else if (const std::string exposed = exposure(info); !exposed.empty()) {
    fail_with(exposed);
  }
}

std::vector<std::string> CacheFolder::names(const std::string &prefix) const {
  if (!problem_.empty()) return {};
  // The folder is opened anew: the list takes its descriptor over, and its place in the list.
  const int list = openat(*folder_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR *)> folder(list < 0 ? nullptr : fdopendir(list), closedir);
  if (!folder && list >= 0) close(list);
  std::vector<std::pair<std::time_t, std::string>> found;
  while (const dirent *const entry = folder ? readdir(folder.get()) : nullptr) {
    const std::string name = entry->d_name;
    struct stat info{};
    if (name.starts_with(prefix) &&
        fstatat(*folder_, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0)
      found.emplace_back(info.st_mtime, name);
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> names;
  names.reserve(found.size());
  for (auto &[time, name] : found) names.push_back(std::move(name));
  return names;
}

std::optional<Bytes> CacheFolder::read(const std::string &name) const {
  if (!problem_.empty()) return {};
  const Descriptor file(
      openat(*folder_, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat info{};
  Bytes content;
  if (*file < 0 || fstat(*file, &info) != 0 || !S_ISREG(info.st_mode) || !exposure(info).empty() ||
      !read_all(*file, content))
    return {};
  return content;
}

void CacheFolder::write(const std::string &name, std::span<const std::byte> content) {
  if (!problem_.empty()) return;
  static std::atomic<unsigned> count{0};
  const std::string partial = concat(name, ".", getpid(), ".", ++count);
  bool written = false;
  {
    const Descriptor file(openat(*folder_, partial.c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                 S_IRUSR | S_IWUSR));
    written = *file >= 0 && write_all(*file, content);
  }
  if (written && renameat(*folder_, partial.c_str(), *folder_, name.c_str()) == 0) return;
  fail_with(concat("cannot be written: ", std::strerror(errno)));
  unlinkat(*folder_, partial.c_str(), 0);
}

}  // namespace nexus::cpu
