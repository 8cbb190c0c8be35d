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
#include <nexus/detail/reference.hpp>

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

/**
 * What is known of live objects of a kind, by handle. All kinds share one type of map, since each
 * takes long to compile.
 */
template <class T>
class Objects {
 public:
  /** Keeps an object; the reference is good until it is erased. */
  T &add(nxs_int handle, T object) {
    auto *const made = new Item(std::move(object));
    all_[handle] = detail::Reference<detail::Counted>(made);
    return made->object;
  }

  /** Returns an object; null for a handle that is not one of a live object. */
  T *find(nxs_int handle) const {
    const auto known = all_.find(handle);
    return known == all_.end() ? nullptr : &static_cast<Item *>(known->second.get())->object;
  }

  /** Returns an object; refuses any other handle with a status. */
  T &get(nxs_int handle, nxs_status status) const {
    if (T *const known = find(handle)) return *known;
    throw Refused{status,
                  std::to_string(handle) + " is not the handle of a live object of that kind"};
  }

  /** Returns an object that is no longer kept. */
  T take(nxs_int handle) {
    T object = std::move(*find(handle));
    all_.erase(handle);
    return object;
  }

  void erase(nxs_int handle) { all_.erase(handle); }
  std::size_t size() const { return all_.size(); }
  bool empty() const { return all_.empty(); }
  nxs_int firstHandle() const { return all_.begin()->first; }

  /** Returns how many objects meet a condition. */
  template <class Condition>
  std::size_t count(const Condition &condition) const {
    std::size_t found = 0;
    for (const auto &entry : all_) {
      found += condition(static_cast<const Item *>(entry.second.get())->object) ? 1 : 0;
    }
    return found;
  }

 private:
  struct Item : detail::Counted {
    explicit Item(T kept) : object(std::move(kept)) {}
    T object;
  };

  std::map<nxs_int, detail::Reference<detail::Counted>> all_;
};

/** Refuses one more object of a kind if it would end the process. */
inline void requireRoom(std::size_t live, const char *kind) {
  if (live < kMostObjects) return;
  throw Refused{NXS_OutOfResources,
                std::to_string(live) + " " + kind +
                    " are alive, and a plugin of the field has room for no more; close some"};
}

}  // namespace nexus::field

#endif  // NEXUS_FIELD_REFUSAL_HPP
