#include "compiler/inputs.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <nexus-sdk/base/error.hpp>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <set>
#include <string_view>

#include "compiler/digest.hpp"
#include "descriptor.hpp"
#include "file.hpp"
#include "text.hpp"

namespace nexus::cpu {
using namespace sdk;
namespace {

namespace fs = std::filesystem;

#if defined(__APPLE__)
const timespec &modified(const struct stat &info) { return info.st_mtimespec; }
const timespec &changed(const struct stat &info) { return info.st_ctimespec; }
#else
const timespec &modified(const struct stat &info) { return info.st_mtim; }
const timespec &changed(const struct stat &info) { return info.st_ctim; }
#endif

bool is_file(const std::string &path, struct stat &info) {
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

bool is_file(const std::string &path) {
  struct stat info{};
  return is_file(path, info);
}

std::string stamp_of(const struct stat &info) {
  std::string text = concat(info.st_ino, " ", info.st_size);
  for (const timespec &time : {modified(info), changed(info)})
    text += concat(" ", time.tv_sec, ".", time.tv_nsec);
  return text;
}

// Beyond this size, that of whole compilers in one file, the size and the time of the last write
// stand for the content.
constexpr off_t kLargest = off_t{16} << 20;

std::string content_of(const std::string &path, const struct stat &info) {
  if (info.st_size > kLargest)
    return concat(info.st_size, " ", modified(info).tv_sec, ".", modified(info).tv_nsec);
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  Bytes bytes;
  if (*file < 0 || !read_all(*file, bytes)) return "unreadable";
  return digest({text_of(bytes)});
}

fs::path normal(const fs::path &path) { return fs::absolute(path).lexically_normal(); }

// The name of a file relative to a folder that it lies below; else empty.
fs::path name_below(const fs::path &path, const fs::path &folder) {
  const fs::path name = path.lexically_relative(folder);
  return name.empty() || *name.begin() == ".." ? fs::path() : name;
}

}  // namespace

Input describe(const std::string &path) {
  struct stat info{};
  if (!is_file(path, info)) return {path, {}, {}};
  // Systems count the times of files in steps, and clocks of other machines deviate.
  constexpr std::time_t kRecent = 2;
  const bool recent = std::time(nullptr) - changed(info).tv_sec <= kRecent;
  return {path, recent ? "" : stamp_of(info), content_of(path, info)};
}

bool is_unchanged(const Input &input) {
  struct stat info{};
  if (!is_file(input.path, info)) return input.content.empty();
  if (input.content.empty()) return false;
  return input.stamp == stamp_of(info) || input.content == content_of(input.path, info);
}

std::vector<std::string> dependencies_in(std::string_view text) {
  std::vector<std::string> paths;
  bool in_path = false;
  const std::size_t colon = text.find(": ");
  for (std::size_t i = colon == text.npos ? text.size() : colon + 1; i < text.size(); ++i) {
    const char c = text[i], next = i + 1 < text.size() ? text[i + 1] : '\0';
    const bool escapes =
        (c == '\\' && (next == ' ' || next == '#' || next == '\\')) || (c == '$' && next == '$');
    // The rules that follow are for files that are missing.
    if (c == '\n' && !paths.empty()) break;
    const bool continues = c == '\\' && next == '\n';
    if (continues) ++i;
    if (continues || (!escapes && (c == ' ' || c == '\n'))) {
      in_path = false;
      continue;
    }
    if (!in_path) paths.emplace_back();
    in_path = true;
    if (escapes) ++i;
    paths.back().push_back(text[i]);
  }
  return paths;
}

std::vector<std::string> folders_searched(const Words &options, const std::string &source) {
  std::vector<std::string> folders;
  const auto add = [&](const fs::path &folder) { folders.push_back(normal(folder).string()); };
  if (!source.empty()) add(fs::absolute(source).parent_path());
  for (std::size_t i = 0; i < options.size(); ++i) {
    for (const std::string_view name : {"-iquote", "-isystem", "-idirafter", "-I"}) {
      if (!options[i].starts_with(name)) continue;
      if (options[i].size() > name.size())
        add(options[i].substr(name.size()));
      else if (i + 1 < options.size())
        add(options[i + 1]);
    }
  }
  for (const char *const variable : {"CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH"})
    for (const std::string &folder : folders_in(variable)) add(folder);
  return folders;
}

bool is_below(const std::string &path, const std::vector<std::string> &folders) {
  return std::any_of(folders.begin(), folders.end(), [&](const std::string &folder) {
    return !name_below(normal(path), folder).empty();
  });
}

std::vector<std::string> files_named_in(const Words &options) {
  std::set<std::string> files;
  const auto add = [&](const std::string &path) {
    if (!path.empty() && is_file(path)) files.insert(path);
  };
  std::vector<std::string> library_folders = folders_in("LIBRARY_PATH");
  for (std::size_t i = 0; i < options.size(); ++i)
    if (options[i] == "-L" && i + 1 < options.size())
      library_folders.push_back(options[i + 1]);
    else if (options[i].starts_with("-L"))
      library_folders.push_back(options[i].substr(2));
  for (const std::string &option : options) {
    // The parts of "-Wl,--version-script=exports.map" and the like.
    for (std::size_t begin = 0; begin < option.size();) {
      const std::size_t end = std::min(option.find_first_of(",=", begin), option.size());
      add(option.substr(begin, end - begin));
      begin = end + 1;
    }
    add(option);
    // "@options", "-Tscript".
    if (!option.empty()) add(option.substr(1));
    if (option.size() > 2) add(option.substr(2));
    if (!option.starts_with("-l")) continue;
    const std::string name = option.substr(2);
    for (const std::string &folder : library_folders)
      if (name.starts_with(':'))
        add(concat(folder, "/", name.substr(1)));
      else
        for (const char *const suffix : {".so", ".dylib", ".a"})
          add(concat(folder, "/lib", name, suffix));
  }
  return {files.begin(), files.end()};
}

std::vector<std::string> places_before(const std::vector<std::string> &included,
                                       const std::vector<std::string> &folders) {
  std::set<std::string> places;
  const auto add = [&](std::size_t count, const fs::path &name) {
    for (std::size_t i = 0; i < count; ++i)
      if (const std::string place = (fs::path(folders[i]) / name).string(); !is_file(place))
        places.insert(place);
  };
  for (const std::string &file : included) {
    const fs::path path = normal(file);
    bool found = false;
    for (std::size_t i = 0; i < folders.size(); ++i) {
      const fs::path name = name_below(path, folders[i]);
      if (name.empty()) continue;
      found = true;
      add(i, name);
    }
    if (found) continue;
    // One of the compiler's own folders has it, under one of these names.
    add(folders.size(), path.filename());
    add(folders.size(), path.parent_path().filename() / path.filename());
  }
  return {places.begin(), places.end()};
}

}  // namespace nexus::cpu
