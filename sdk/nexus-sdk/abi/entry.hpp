// Helpers that the functions of the ABI share.
#pragma once

#include <nexus-api.h>
#include <nexus-sdk/abi/runtime.hpp>
#include <nexus-sdk/base/guard.hpp>
#include <nexus-sdk/streams/polled_queues.hpp>

namespace nexus::sdk::detail {

inline Runtime &runtime() { return Runtime::instance(); }

template <class T>
Ref<T> find(nxs_int handle) {
  return runtime().handles.find<T>(handle);
}

inline void check_settings(nxs_uint settings, nxs_uint known) {
  if (settings & ~known)
    fail(NXS_InvalidValue, "settings ", settings, " have unknown bits; the known ones are ", known);
}

// Runs the body of an ABI function with the object behind its first handle. A body that returns
// nothing has succeeded.
template <class T, class Body>
nxs_status guard_object(nxs_int handle, const Body &body) {
  return guard([&] {
    const Ref<T> object = runtime().handles.seek<T>(handle);
    if (!object) return report(not_live(handle, T::kKind));
    if constexpr (std::is_void_v<decltype(body(object))>) {
      body(object);
      return NXS_Success;
    } else {
      return body(object);
    }
  });
}

// Answers a query for a property of the object behind a handle.
template <class T>
nxs_status query(nxs_int handle, nxs_uint id, void *value, size_t *size) {
  return guard_object<T>(handle, [&](const Ref<T> &object) {
    if constexpr (T::kKind == Kind::kEvent || T::kKind == Kind::kStream ||
                  T::kKind == Kind::kSchedule || T::kKind == Kind::kCommand)
      PolledQueues::instance().poll();
    return query_property(id, value, size, [&](nxs_property key) { return object->property(key); });
  });
}

inline nxs_status release(nxs_int handle, Kind kind) {
  return guard([&] {
    return runtime().handles.remove(handle, kind) ? NXS_Success : report(not_live(handle, kind));
  });
}

}  // namespace nexus::sdk::detail
