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

// Answers a query for a property of the object behind a handle.
template <class T>
nxs_status query(nxs_int handle, nxs_uint id, void *value, size_t *size) {
  return guard([&] {
    const Ref<T> object = find<T>(handle);
    if constexpr (T::kKind == Kind::kEvent || T::kKind == Kind::kStream ||
                  T::kKind == Kind::kSchedule || T::kKind == Kind::kCommand)
      PolledQueues::instance().poll();
    query_property(id, value, size, [&](nxs_property key) { return object->property(key); });
  });
}

inline nxs_status release(nxs_int handle, Kind kind) {
  return guard([&] { runtime().handles.remove(handle, kind); });
}

}  // namespace nexus::sdk::detail
