/**
 * @file files.hpp
 * What the search for plugins needs of the file system. The header <filesystem> would double the
 * time that nexus.hpp takes to compile.
 */
#ifndef NEXUS_DETAIL_FILES_HPP
#define NEXUS_DETAIL_FILES_HPP

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nexus::detail {

#if defined(__APPLE__)
inline constexpr std::string_view kPluginEnding = "_plugin.dylib";
#else
inline constexpr std::string_view kPluginEnding = "_plugin.so";
#endif

inline bool exists(const std::string &path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0;
}

inline bool isFolder(const std::string &path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

inline bool isRegularFile(const std::string &path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

/** Returns the absolute path without links; the path itself if there is no such file. */
inline std::string realPath(const std::string &path) {
  const std::unique_ptr<char, void (*)(void *)> real(realpath(path.c_str(), nullptr), &std::free);
  return real ? real.get() : path;
}

/** Returns a path from the root on, with its links. */
inline std::string absolutePath(const std::string &path) {
  if (!path.empty() && path[0] == '/') return path;
  const std::unique_ptr<char, void (*)(void *)> here(getcwd(nullptr, 0), &std::free);
  return here ? std::string(here.get()) + "/" + path : path;
}

/** Returns the plugins in a folder, in the order of their names. */
inline std::vector<std::string> pluginsIn(const std::string &folder) {
  const auto close = [](DIR *open) { closedir(open); };
  const std::unique_ptr<DIR, decltype(close)> entries(opendir(folder.c_str()), close);
  std::vector<std::string> found;
  while (const dirent *const entry = entries ? readdir(entries.get()) : nullptr) {
    const std::string_view name = entry->d_name;
    if (name.size() <= kPluginEnding.size() || name[0] == '.') continue;
    if (name.substr(name.size() - kPluginEnding.size()) != kPluginEnding) continue;
    // Into its place; std::sort takes long to compile.
    std::string path = folder + "/" + std::string(name);
    std::size_t at = 0;
    while (at < found.size() && found[at] < path) ++at;
    found.insert(found.begin() + static_cast<std::ptrdiff_t>(at), std::move(path));
  }
  return found;
}

/** Returns the parts of a list that an environment variable holds, separated by colons. */
inline std::vector<std::string> listIn(const char *variable) {
  std::vector<std::string> parts;
  const char *const value = std::getenv(variable);
  std::string_view rest = value ? value : "";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (end) parts.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return parts;
}

}  // namespace nexus::detail

#endif  // NEXUS_DETAIL_FILES_HPP
