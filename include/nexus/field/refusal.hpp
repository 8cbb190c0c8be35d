/**
 * @file refusal.hpp
 * Refusals of a call, and the functions of a plugin behind a substitute.
 *
 * Plugins of the field were published before the plugin ABI had versions, and keep less of the
 * contract than the objects rely on. The classes in this folder stand between: each function does
 * what is safe with such a plugin, or refuses with a reason. docs/plugins.md lists what they do.
 */
#ifndef NEXUS_FIELD_REFUSAL_HPP
#define NEXUS_FIELD_REFUSAL_HPP

#include <nexus/detail/plugin.hpp>

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace nexus::field {

using detail::kAbsent;

/** The room that such plugins have for objects of a kind; one more ends the process. */
inline constexpr std::size_t kMostObjects = 256;

/** Thrown within the substitute: why a call is refused, and the status that it returns. */
struct Refused {
  nxs_int status;
  std::string text;
};

/** The plugin itself. */
class Original {
 public:
  explicit Original(const detail::Plugin &plugin) : table(plugin.table), exports(plugin.exports) {}

  bool has(nxs_function function) const { return exports[function]; }

  const detail::FunctionTable &table;
  const bool *const exports;
  /** Held during calls that change objects, since such plugins may not be safe for threads. */
  std::recursive_mutex mutex;
};

using Lock = std::lock_guard<std::recursive_mutex>;

/** Returns what a function of the plugin returned; refuses the call with a status. */
inline nxs_int checked(nxs_int result) {
  if (result < 0) throw Refused{result, ""};
  return result;
}

/** Returns what is known of a live object; refuses any other handle. */
template <class T>
T &find(std::map<nxs_int, T> &objects, nxs_int handle, nxs_status status) {
  const auto known = objects.find(handle);
  if (known != objects.end()) return known->second;
  throw Refused{status,
                std::to_string(handle) + " is not the handle of a live object of that kind"};
}

/** Refuses one more object of a kind if it would end the process. */
inline void requireRoom(std::size_t live, const char *kind) {
  if (live < kMostObjects) return;
  throw Refused{NXS_OutOfResources,
                std::to_string(live) + " " + kind +
                    " are alive, and a plugin of the field has room for no more; close some"};
}

}  // namespace nexus::field

#endif  // NEXUS_FIELD_REFUSAL_HPP
