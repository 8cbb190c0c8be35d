/**
 * @file plugin_search.hpp
 * Where plugins are looked for, in order of precedence.
 */
#ifndef NEXUS_DETAIL_PLUGIN_SEARCH_HPP
#define NEXUS_DETAIL_PLUGIN_SEARCH_HPP

#include <nexus/detail/files.hpp>
#include <nexus/detail/home.hpp>
#include <nexus/detail/names.hpp>
#include <nexus/log.hpp>

#include <string>
#include <vector>

namespace nexus {

/** A plugin that is not used. */
struct Refusal {
  /** The path of the file or folder. */
  std::string path;
  /** Where it was found: "NEXUS_PLUGIN_PATH" or "bundled". */
  std::string origin;
  /** Why it is not used. */
  std::string reason;
  /** Whether the only reason is an earlier plugin with the same name. */
  bool shadowed = false;
};

namespace detail {

/** Names the plugin to use where several report one runtime name. */
inline constexpr const char *kPrefer = "NEXUS_PLUGINS_PREFER";

/** A plugin's file, and where it was found; with a reason if it cannot be one. */
struct Candidate {
  std::string path;
  std::string origin;
  std::string reason;
};

template <class Unused>
void addFrom(const std::string &place, const char *origin, bool required,
             std::vector<Candidate> &all) {
  const auto add = [&](const std::string &path, const std::string &reason) {
    const std::string real = realPath(path);
    bool known = false;
    for (const Candidate &other : all) {
      known = known || (other.reason.empty() && realPath(other.path) == real);
    }
    if (!known) all.push_back({path, origin, reason});
  };
  if (!isFolder(place)) {
    if (required) add(place, "");
    return;
  }
  const std::vector<std::string> files = pluginsIn(place);
  if (files.empty() && required) {
    add(place, "the folder has no file *" + std::string(kPluginEnding));
  }
  for (const std::string &file : files) add(file, "");
}

/** Returns whether an entry of NEXUS_PLUGINS_PREFER means a plugin: its path, name or origin. */
inline bool isMeant(const Candidate &candidate, const std::string &entry) {
  const std::string path = realPath(candidate.path);
  const bool byFile = candidate.reason.empty() &&
                      (path == realPath(entry) || path.substr(path.rfind('/') + 1) == entry);
  return byFile || candidate.origin == entry;
}

/** Returns the plugins, those that NEXUS_PLUGINS_PREFER names first. */
template <class Unused>
std::vector<Candidate> findPlugins() {
  std::vector<Candidate> all;
  for (const std::string &place : listIn("NEXUS_PLUGIN_PATH")) {
    addFrom<Unused>(place, "NEXUS_PLUGIN_PATH", true, all);
  }
  addFrom<Unused>(home() + "/plugins", "bundled", false, all);
  // A stable order; std::stable_partition takes long to compile.
  std::vector<Candidate> ordered;
  std::vector<bool> isTaken(all.size());
  for (const std::string &entry : listIn(kPrefer)) {
    bool isKnown = false;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!isMeant(all[i], entry)) continue;
      isKnown = true;
      if (!isTaken[i]) ordered.push_back(all[i]);
      isTaken[i] = true;
    }
    if (isKnown) continue;
    log(LogLevel::warning, [&] {
      return std::string(kPrefer) + " names " + quoted(entry) +
             ", which is the path or name of no plugin";
    });
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!isTaken[i]) ordered.push_back(all[i]);
  }
  return ordered;
}

}  // namespace detail

}  // namespace nexus

#endif  // NEXUS_DETAIL_PLUGIN_SEARCH_HPP
