/**
 * @file database.hpp
 * The device database: facts about devices that their drivers do not report.
 */
#ifndef NEXUS_DEVICE_DB_DATABASE_HPP
#define NEXUS_DEVICE_DB_DATABASE_HPP

#include <nexus/detail/home.hpp>
#include <nexus/detail/names.hpp>
#include <nexus/device_db/info.hpp>
#include <nexus/device_db/record_file.hpp>
#include <nexus/log.hpp>

#include <dirent.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nexus {

/**
 * The records in a list of folders, by the names of their files without ".json". A record is read
 * once, at its first use. Threads may share a database.
 */
class Database {
 public:
  /** Of a name in several folders, the first one wins. Records of the last folder may be links. */
  explicit Database(const std::vector<std::string> &folders) : folders_(folders) {
    for (auto folder = folders_.rbegin(); folder != folders_.rend(); ++folder) {
      const std::string checked = folder == folders_.rbegin() ? "" : *folder;
      for (const std::string &name : listed(*folder))
        files_[name] = {*folder + "/" + name + ".json", checked};
    }
  }

  /** Returns the names of all records, sorted. */
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto &file : files_) result.push_back(file.first);
    return result;
  }

  std::size_t size() const noexcept { return files_.size(); }

  /** Returns a record by its name, "nvidia-gpu-sm_70". Throws NotFoundError, RecordError. */
  Info operator[](const std::string &name) const {
    const std::lock_guard<std::recursive_mutex> only(mutex_);
    return record(name);
  }

  /**
   * Returns a record by file name, architecture, alias or product name, or by the file name that it
   * would have with an alias as its architecture; the case and features of the architecture, as in
   * "gfx90a:xnack-", are ignored. Throws NotFoundError, with a suggestion, if no record has the
   * name or several have that architecture, and RecordError if the record cannot be used.
   */
  Info lookup(const std::string &name) const {
    const std::lock_guard<std::recursive_mutex> only(mutex_);
    return record(fileOf(name));
  }

  /**
   * Returns the record of a device by its properties Vendor, Type, Architecture and Name, empty if
   * unknown; nothing if it has none. Features of the architecture, as in "gfx90a:xnack-", and what
   * drivers append to names in brackets are ignored. Throws RecordError if it cannot be used.
   */
  std::optional<Info> find(const std::string &vendor, const std::string &type,
                           const std::string &architecture, const std::string &product = "") const {
    const std::lock_guard<std::recursive_mutex> only(mutex_);
    const std::string wanted = detail::lower(architecture), base = before(wanted, ":");
    const std::string name = detail::lower(product), short_name = before(before(name, " ["), " (");
    for (const std::string &maker : {detail::lower(vendor), std::string("generic")}) {
      const std::string prefix = maker + "-" + detail::lower(type) + "-";
      for (const std::string &own : {wanted, base})
        if (files_.count(prefix + own)) return record(prefix + own);
      for (const std::string &alias : {name, short_name, wanted, base}) {
        if (alias.empty()) continue;
        std::vector<std::string> found;
        for (const std::string &file : aliased(alias))
          if (file.compare(0, prefix.size(), prefix) == 0) found.push_back(file);
        if (!found.empty()) return record(only_one(found, alias));
      }
    }
    return std::nullopt;
  }

 private:
  struct File {
    std::string path;
    /** The folder that has to contain it; empty for a trusted one. */
    std::string folder;
  };

  /** Returns the text before a part, the whole text if it lacks that. */
  static std::string before(const std::string &text, const char *part) {
    return text.substr(0, text.find(part));
  }

  /** Returns the names of the records in a folder. */
  static std::vector<std::string> listed(const std::string &folder) {
    constexpr std::string_view kEnding = ".json";
    std::vector<std::string> names;
    const auto close = [](DIR *open) { closedir(open); };
    const std::unique_ptr<DIR, decltype(close)> entries(opendir(folder.c_str()), close);
    if (!entries) {
      detail::log(LogLevel::warning, [&] { return "no device records are read from " + folder; });
      return names;
    }
    while (const dirent *const entry = readdir(entries.get())) {
      const std::string_view name = entry->d_name;
      if (name.size() <= kEnding.size() || name[0] == '.' ||
          name.substr(name.size() - kEnding.size()) != kEnding)
        continue;
      names.emplace_back(name.substr(0, name.size() - kEnding.size()));
    }
    return names;
  }

  const Info &record(const std::string &name) const {
    if (const auto found = records_.find(name); found != records_.end()) return found->second;
    const auto file = files_.find(name);
    if (file == files_.end())
      throw NotFoundError("no record has the file name " + detail::quoted(name) +
                          "; lookup() also finds aliases");
    const auto &[path, folder] = file->second;
    return records_.emplace(name, Info(detail::readRecord(path, folder), path)).first->second;
  }

  std::string fileOf(const std::string &asked) const {
    const std::string name = detail::lower(asked);
    // A name may have a colon of its own.
    std::vector<std::string> found = named(name, asked);
    if (found.empty()) found = named(before(name, ":"), asked);
    if (found.empty()) throwMissing(asked);
    return only_one(found, asked);
  }

  /** Returns the records with a name in lower case; throws if several have that architecture. */
  std::vector<std::string> named(const std::string &name, const std::string &asked) const {
    const bool ends = name.size() >= 5 && name.compare(name.size() - 5, 5, ".json") == 0;
    const std::string stem = ends ? name.substr(0, name.size() - 5) : name;
    if (files_.count(stem)) return {stem};
    std::vector<std::string> found = ofArchitecture(name);
    if (found.empty()) found = ofAliasInFileName(stem);
    if (found.size() > 1) {
      std::string several;
      for (const std::string &file : found) several += (several.empty() ? "" : " and of ") + file;
      throw NotFoundError(detail::quoted(asked) + " is the architecture of " + several +
                          ": say which");
    }
    return found.empty() ? aliased(name) : found;
  }

  /** Returns the only one of the files; throws RecordError if several share the name. */
  std::string only_one(const std::vector<std::string> &files, const std::string &name) const {
    if (files.size() > 1)
      throw RecordError(
          files_.at(files[1]).path, "$.Aliases",
          "the name " + detail::quoted(name) + " stands in " + files_.at(files[0]).path + " too");
    return files.front();
  }

  /** Returns the architecture in a file's name; vendor and type have no hyphen. */
  static std::string_view architectureIn(std::string_view file) {
    for (int i = 0; i < 2; ++i) {
      const std::size_t hyphen = file.find('-');
      if (hyphen == file.npos) return {};
      file.remove_prefix(hyphen + 1);
    }
    return file;
  }

  std::vector<std::string> ofArchitecture(const std::string &name) const {
    std::vector<std::string> found;
    for (const auto &file : files_)
      if (!name.empty() && architectureIn(file.first) == name) found.push_back(file.first);
    return found;
  }

  std::vector<std::string> ofAliasInFileName(const std::string &name) const {
    const std::string alias(architectureIn(name));
    std::vector<std::string> found;
    if (alias.empty()) return found;
    const std::string prefix = name.substr(0, name.size() - alias.size());
    for (const std::string &file : aliased(alias))
      if (file.compare(0, prefix.size(), prefix) == 0) found.push_back(file);
    return found;
  }

  /** Returns the records with a product name or an alias, in lower case. */
  std::vector<std::string> aliased(const std::string &name) const {
    if (!aliases_) readAliases();
    const auto found = aliases_->find(name);
    return found == aliases_->end() ? std::vector<std::string>() : found->second;
  }

  void readAliases() const {
    std::map<std::string, std::vector<std::string>> aliases;
    for (const auto &file : files_) {
      try {
        for (const std::string &alias : namesOf(record(file.first)))
          aliases[alias].push_back(file.first);
      } catch (const RecordError &error) {
        detail::log(LogLevel::warning,
                    [&] { return std::string("record left out: ") + error.what(); });
      }
    }
    aliases_ = std::move(aliases);
  }

  static std::set<std::string> namesOf(const Info &record) {
    std::set<std::string> names = {detail::lower(record.get<std::string>("Name"))};
    for (const std::string &alias :
         record.find<std::vector<std::string>>("Aliases").value_or(std::vector<std::string>()))
      names.insert(detail::lower(alias));
    return names;
  }

  [[noreturn]] void throwMissing(const std::string &name) const {
    if (!aliases_) readAliases();
    std::vector<std::string_view> known;
    for (const auto &file : files_) {
      known.push_back(file.first);
      known.push_back(architectureIn(file.first));
    }
    for (const auto &alias : *aliases_) known.push_back(alias.first);
    throw NotFoundError("there is no record " + detail::quoted(name) + " among " +
                        std::to_string(size()) + " in " + detail::listed(folders_) +
                        detail::nearest(name, known));
  }

  const std::vector<std::string> folders_;
  std::map<std::string, File> files_;
  /** For what is read later. */
  mutable std::recursive_mutex mutex_;
  mutable std::map<std::string, Info> records_;
  mutable std::optional<std::map<std::string, std::vector<std::string>>> aliases_;
};

/** Returns the database of NEXUS_DEVICE_PATH and the bundled records; read at the first use. */
inline const Database &deviceDatabase() {
  static const Database database([] {
    std::vector<std::string> folders = detail::listIn("NEXUS_DEVICE_PATH");
    folders.push_back(detail::home() + "/device_db/device_lib");
    return folders;
  }());
  return database;
}

/** Returns a record by any of its names; see Database::lookup. */
inline Info lookupDeviceInfo(const std::string &name) { return deviceDatabase().lookup(name); }

}  // namespace nexus

#endif  // NEXUS_DEVICE_DB_DATABASE_HPP
