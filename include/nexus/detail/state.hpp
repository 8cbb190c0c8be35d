/**
 * @file state.hpp
 * What the copies of an object share: its handle, its plugin, and its parent.
 */
#ifndef NEXUS_DETAIL_STATE_HPP
#define NEXUS_DETAIL_STATE_HPP

#include <nexus/detail/plugin.hpp>
#include <nexus/detail/reference.hpp>
#include <nexus/log.hpp>

#include <atomic>
#include <string>
#include <utility>

namespace nexus::detail {

/** The handle of a closed object, which no plugin accepts. */
inline constexpr nxs_int kClosed = -1;

/** What distinguishes the kinds of objects. */
struct Kind {
  const char *name;
  /** The status for a handle that is not a live one of this kind. */
  nxs_status invalid;
  const char *queryName;
  nxs_int (*query)(const Plugin &, nxs_int id, nxs_uint property, void *value, std::size_t *size);
  /** Releases a handle; null for objects that have no end. */
  nxs_int (*release)(const Plugin &, nxs_int id);
};

#define NEXUS_QUERY(NAME)                                                          \
  "nxsGet" #NAME "Property",                                                       \
      [](const Plugin &plugin, nxs_int id, nxs_uint property, void *value,         \
         std::size_t *size) -> nxs_int {                                           \
        return NEXUS_CALL(plugin, Get##NAME##Property, id, property, value, size); \
      }
#define NEXUS_RELEASE(NAME) \
  [](const Plugin &plugin, nxs_int id) -> nxs_int { return NEXUS_CALL(plugin, Release##NAME, id); }

inline constexpr Kind kRuntime{
    "Runtime", NXS_InvalidRuntime, "nxsGetRuntimeProperty",
    [](const Plugin &plugin, nxs_int, nxs_uint property, void *value, std::size_t *size)
        -> nxs_int { return NEXUS_CALL(plugin, GetRuntimeProperty, property, value, size); },
    nullptr};
inline constexpr Kind kDevice{"Device", NXS_InvalidDevice, NEXUS_QUERY(Device), nullptr};
inline constexpr Kind kBuffer{"Buffer", NXS_InvalidBuffer, NEXUS_QUERY(Buffer),
                              NEXUS_RELEASE(Buffer)};
inline constexpr Kind kLibrary{"Library", NXS_InvalidLibrary, NEXUS_QUERY(Library),
                               NEXUS_RELEASE(Library)};
inline constexpr Kind kKernel{"Kernel", NXS_InvalidKernel, NEXUS_QUERY(Kernel),
                              NEXUS_RELEASE(Kernel)};
inline constexpr Kind kEvent{"Event", NXS_InvalidEvent, NEXUS_QUERY(Event), NEXUS_RELEASE(Event)};
inline constexpr Kind kStream{"Stream", NXS_InvalidStream, NEXUS_QUERY(Stream),
                              NEXUS_RELEASE(Stream)};
inline constexpr Kind kSchedule{"Schedule", NXS_InvalidSchedule, NEXUS_QUERY(Schedule),
                                NEXUS_RELEASE(Schedule)};
inline constexpr Kind kCommand{"Command", NXS_InvalidCommand, NEXUS_QUERY(Command),
                               NEXUS_RELEASE(Command)};

#undef NEXUS_QUERY
#undef NEXUS_RELEASE

/** A handle, which is released with the last reference, and the parent, which it keeps alive. */
struct State : Counted {
  State(const Kind &kind_, const Plugin &plugin_, Reference<State> parent_)
      : kind(kind_), plugin(plugin_), parent(std::move(parent_)) {}
  ~State() override { release(); }

  nxs_int handle() const noexcept { return id.load(std::memory_order_relaxed); }

  /** Releases the handle, once; work in flight that uses the object goes on. */
  void release() noexcept {
    if (!kind.release) return;
    const nxs_int handle = id.exchange(kClosed);
    if (handle < 0) return;
    const nxs_int result = kind.release(plugin, handle);
    // A closed parent has released it already.
    const bool expected = result >= 0 || result == kAbsent || result == NXS_DeviceNotAvailable ||
                          (parent && parent->handle() < 0);
    if (expected || !Log::instance().takes(LogLevel::debug)) return;
    Log::instance().writeFormatted(LogLevel::debug, "releasing a %s returned status %d", kind.name,
                                   result);
  }

  std::string describe() const {
    const nxs_int handle = id.load(std::memory_order_relaxed);
    if (&kind == &kRuntime) return plugin.describe();
    if (&kind == &kDevice) {
      return "device " + std::to_string(handle) + " of runtime " + quoted(plugin.name);
    }
    const std::string state = handle < 0 ? "closed" : "handle " + std::to_string(handle);
    return std::string(kind.name) + " of runtime " + quoted(plugin.name) + ", " + state;
  }

  /** Throws if the object is closed. */
  void requireOpen(const char *function) const {
    if (handle() >= 0) return;
    throw InvalidHandleError("this " + std::string(kind.name) + " is closed", kind.invalid,
                             function);
  }

  const Kind &kind;
  const Plugin &plugin;
  const Reference<State> parent;
  std::atomic<nxs_int> id{kClosed};
};

/** Throws the exception for a negative result of a call on an object. */
template <class Fallback = Error>
[[noreturn]] void fail(const State &state, nxs_int result, const char *function,
                       const std::string &about) {
  state.requireOpen(function);
  fail<Fallback>(state.plugin, result, function, about);
}

/** Throws unless an object is open and belongs to the same runtime as another. */
inline void requireSibling(const State &self, const State &other, const char *function) {
  if (&self.plugin != &other.plugin) {
    throw InvalidHandleError(other.describe() + " cannot be used with a " + self.kind.name +
                                 " of runtime " + quoted(self.plugin.name),
                             other.kind.invalid, function);
  }
  other.requireOpen(function);
}

}  // namespace nexus::detail

#endif  // NEXUS_DETAIL_STATE_HPP
