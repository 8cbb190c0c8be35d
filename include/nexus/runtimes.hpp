/**
 * @file runtimes.hpp
 * The runtimes of this machine: found and loaded once.
 *
 * The functions that load plugins are templates, so that only sources that call them compile them.
 */
#ifndef NEXUS_RUNTIMES_HPP
#define NEXUS_RUNTIMES_HPP

#include <nexus/detail/plugin_opening.hpp>
#include <nexus/field/field_plugin.hpp>
#include <nexus/runtime.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nexus {

/** The runtimes of this machine: CPUs first, runtimes without devices last. */
class Runtimes {
 public:
  Runtimes(std::vector<Runtime> runtimes, std::vector<Refusal> refusals)
      : refused(std::move(refusals)), runtimes_(std::move(runtimes)) {}

  auto begin() const noexcept { return runtimes_.begin(); }
  auto end() const noexcept { return runtimes_.end(); }
  std::size_t size() const noexcept { return runtimes_.size(); }
  bool empty() const noexcept { return runtimes_.empty(); }

  /** Returns a runtime by its position. Throws NotFoundError if there is none. */
  const Runtime &operator[](std::size_t index) const {
    if (index < runtimes_.size()) return runtimes_[index];
    throw NotFoundError("runtime index " + std::to_string(index) + " is out of range: there are " +
                            std::to_string(runtimes_.size()) + " runtimes",
                        NXS_InvalidRuntime);
  }

  /** Returns a runtime by its name. Throws NotFoundError if there is none. */
  const Runtime &get(std::string_view name) const {
    std::vector<std::string> names;
    for (const Runtime &runtime : runtimes_) {
      if (runtime.name() == name) return runtime;
      names.push_back(runtime.name());
    }
    throw NotFoundError("there is no runtime " + detail::quoted(name) + "; there is " +
                            detail::listed(names) + detail::nearest(name, names),
                        NXS_InvalidRuntime);
  }

  /** The plugins that are not used, each with a reason. */
  const std::vector<Refusal> refused;

 private:
  std::vector<Runtime> runtimes_;
};

namespace detail {

/** Takes a plugin in, unless it fails at once or has the name of an earlier one. */
template <class Unused>
void admit(std::unique_ptr<Plugin> plugin, std::vector<Runtime> &runtimes,
           std::vector<Refusal> &refused) {
  std::pair<Runtime, nxs_long> opened;
  // Without it, the plugin is one of the field.
  if (!plugin->exports[NF_nxsGetApiVersion]) {
    plugin->substitute = std::make_unique<field::FieldPlugin>(*plugin);
  }
  try {
    opened = openRuntime(*plugin);
  } catch (const Error &error) {
    refused.push_back({plugin->path, plugin->origin, error.what()});
    return;
  }
  for (const Runtime &first : runtimes) {
    if (first.name() != plugin->name) continue;
    const std::string reason = "runtime " + quoted(plugin->name) + " is that of " + first.path();
    refused.push_back({plugin->path, plugin->origin, reason, true});
    return;
  }
  // Plugins stay open until the process ends, and so does what is known of them.
  static_cast<void>(plugin.release());
  addDevices(opened.first, opened.second);
  runtimes.push_back(std::move(opened.first));
}

/** Returns 0 for CPUs, 1 for other devices, 2 for a runtime without devices. */
template <class Unused>
int rankOf(const Runtime &runtime) {
  if (runtime.getDevices().empty()) return 2;
  try {
    return runtime.getDevice(0).type() == "cpu" ? 0 : 1;
  } catch (const Error &error) {
    // A lost device must not hide the others.
    log(LogLevel::warning, [&] { return std::string(error.what()); });
    return 1;
  }
}

/** Logs which plugins are not used, and what is wrong with the others. */
template <class Unused>
void logProblems(const Runtimes &all) {
  for (const Refusal &refusal : all.refused) {
    log(refusal.shadowed ? LogLevel::info : LogLevel::warning, [&] {
      return "plugin " + refusal.path + " is not used: " + refusal.reason +
             (refusal.shadowed
                  ? std::string(", which comes first; ") + kPrefer + " chooses, by path or name"
                  : "");
    });
  }
  for (const Runtime &runtime : all) {
    const std::string said = runtime.message();
    if (said.empty()) continue;
    log(runtime.getDevices().empty() ? LogLevel::info : LogLevel::warning,
        [&] { return "runtime " + quoted(runtime.name()) + ": " + said; });
  }
}

/** Finds, opens and orders the plugins. */
template <class Unused>
const Runtimes *loadRuntimes() {
  std::vector<Runtime> runtimes;
  std::vector<Refusal> refused;
  for (const Candidate &candidate : findPlugins<Unused>()) {
    std::string reason = candidate.reason;
    std::unique_ptr<Plugin> plugin =
        reason.empty() ? openPlugin<Unused>(candidate, reason) : nullptr;
    if (plugin) {
      admit<Unused>(std::move(plugin), runtimes, refused);
    } else {
      refused.push_back({absolutePath(candidate.path), candidate.origin, reason});
    }
  }
  // A stable order; std::stable_sort takes long to compile.
  std::vector<Runtime> ordered;
  for (int rank = 0; rank <= 2; ++rank) {
    for (const Runtime &runtime : runtimes) {
      if (rankOf<Unused>(runtime) == rank) ordered.push_back(runtime);
    }
  }
  auto all = std::make_unique<const Runtimes>(std::move(ordered), std::move(refused));
  logProblems<Unused>(*all);
  return all.release();
}

/** Whether this thread is loading plugins. */
inline thread_local bool isLoading = false;

}  // namespace detail

/**
 * Returns the runtimes of this machine. The first call finds and opens the plugins: those of
 * NEXUS_PLUGIN_PATH (files or folders, separated by colons), then those of the installation. If two
 * report one name, the first is used, those that NEXUS_PLUGINS_PREFER names before all others.
 * `nexus config --plugin-path` prints the paths of the plugins of Python packages.
 */
template <class Unused = void>
const Runtimes &getRuntimes() {
  if (detail::isLoading) {
    throw Error(
        "getRuntimes() was called by code that runs while plugins are being loaded, such as the "
        "log's callback; call it afterwards");
  }
  struct Loading {
    Loading() { detail::isLoading = true; }
    ~Loading() { detail::isLoading = false; }
  };
  // Never destroyed, as objects that end at exit refer to them.
  static const Runtimes *const all = [] {
    const Loading loading;
    return detail::loadRuntimes<Unused>();
  }();
  return *all;
}

/** Returns the runtime with a name. Throws NotFoundError if there is none. */
template <class Unused = void>
Runtime getRuntime(std::string_view name) {
  return getRuntimes<Unused>().get(name);
}

}  // namespace nexus

#endif  // NEXUS_RUNTIMES_HPP
