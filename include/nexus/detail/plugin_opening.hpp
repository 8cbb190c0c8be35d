/**
 * @file plugin_opening.hpp
 * Opening a plugin, and the check that it can be used.
 */
#ifndef NEXUS_DETAIL_PLUGIN_OPENING_HPP
#define NEXUS_DETAIL_PLUGIN_OPENING_HPP

#include <dlfcn.h>
#include <nexus/detail/files.hpp>
#include <nexus/detail/plugin.hpp>
#include <nexus/detail/plugin_search.hpp>
#include <nexus/log.hpp>

#include <cfenv>
#include <memory>
#include <string>
#include <vector>

namespace nexus::detail {

/** A library that is closed again unless it is kept. */
class SharedLibrary {
 public:
  explicit SharedLibrary(const std::string &path) {
    // Libraries that were linked with -ffast-math switch small numbers off for whoever loads them.
    std::fenv_t floatingPoint;
    std::fegetenv(&floatingPoint);
    library_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    std::fesetenv(&floatingPoint);
  }
  SharedLibrary(const SharedLibrary &) = delete;
  SharedLibrary &operator=(const SharedLibrary &) = delete;
  ~SharedLibrary() {
    if (library_) dlclose(library_);
  }

  explicit operator bool() const noexcept { return library_ != nullptr; }

  /** Returns a function; null if the library does not export it. */
  template <class Function>
  Function find(const char *name) const {
    return reinterpret_cast<Function>(dlsym(library_, name));
  }

  /** Leaves the library open until the process ends. */
  void keep() noexcept { library_ = nullptr; }

 private:
  void *library_;
};

inline constexpr nxs_function_required kRequired[] = {
    NFR_nxsGetRuntimeProperty, NFR_nxsGetDeviceProperty, NFR_nxsCreateBuffer, NFR_nxsCopyBuffer,
    NFR_nxsGetKernel,          NFR_nxsCreateSchedule,    NFR_nxsRunSchedule,  NFR_nxsCreateCommand,
    NFR_nxsSetCommandArgument, NFR_nxsFinalizeCommand};

/** Returns a version as people write it: "1.1". */
inline std::string versionText(nxs_uint packed) {
  return std::to_string(packed >> 16) + "." + std::to_string(packed >> 8 & 255);
}

/** Returns why a plugin cannot be used; an empty text for one that can. */
template <class Unused>
std::string judge(const Plugin &plugin) {
  if (plugin.version >> 16 != NXS_API_VERSION_MAJOR) {
    return "it was built for version " + versionText(plugin.version) +
           " of the plugin ABI, but this package supports version " + versionText(NXS_API_VERSION);
  }
  std::vector<std::string> lacks;
  for (const nxs_function_required needed : kRequired) {
    if (!plugin.exports[needed]) lacks.emplace_back(kFunctionNames[needed]);
  }
  if (!plugin.exports[NF_nxsCreateLibrary] && !plugin.exports[NF_nxsCreateLibraryFromFile]) {
    lacks.emplace_back("one of nxsCreateLibrary and nxsCreateLibraryFromFile");
  }
  if (lacks.empty()) return "";
  const bool isNone = lacks.size() > std::size(kRequired) / 2;
  return (isNone ? "not a Nexus plugin: it lacks " : "it lacks ") + listed(lacks);
}

/** Opens a plugin; returns null, and why, for one that cannot be used. */
template <class Unused>
std::unique_ptr<Plugin> openPlugin(const Candidate &found, std::string &reason) {
  const std::string path = absolutePath(found.path);
  // Opening a pipe would block until a writer opens it too.
  if (exists(path) && !isRegularFile(path)) {
    reason = "it is not a regular file";
    return nullptr;
  }
  SharedLibrary library(path);
  if (!library) {
    const char *const why = dlerror();
    reason = why ? why : "it cannot be loaded";
    return nullptr;
  }
  auto plugin = std::make_unique<Plugin>();
  plugin->path = path;
  plugin->origin = found.origin;
#define NEXUS_API_FUNC(RETURN, NAME, ...)                                \
  if (const auto function = library.find<nxs##NAME##_fn>("nxs" #NAME)) { \
    plugin->table.NAME = function;                                       \
    plugin->exports[NF_nxs##NAME] = true;                                \
  }
#include <nexus-api/_nxs_functions.h>
#undef NEXUS_API_FUNC
  plugin->version = plugin->exports[NF_nxsGetApiVersion] ? plugin->table.GetApiVersion()
                                                         : nxs_uint{NXS_API_VERSION_MAJOR} << 16;
  reason = judge<Unused>(*plugin);
  if (!reason.empty()) return nullptr;
  library.keep();
  log(LogLevel::info, [&] { return "opened plugin " + path; });
  return plugin;
}

}  // namespace nexus::detail

#endif  // NEXUS_DETAIL_PLUGIN_OPENING_HPP
