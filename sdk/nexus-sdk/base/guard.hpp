// The boundary between C and C++: turns every exception into a status, and a message that
// nxsGetLastErrorMessage returns.
#pragma once

#include <nexus-sdk/base/error.hpp>
#include <nexus-sdk/base/process.hpp>

#include <cerrno>
#include <new>
#include <optional>
#include <string>
#include <utility>

namespace nexus::sdk {

// The message of this thread's last failed call.
inline std::string &last_error() {
  thread_local std::string message;
  return message;
}

inline nxs_status report(nxs_status status, const char *message) noexcept {
  try {
    last_error().assign(message);
  } catch (...) {
    last_error().clear();
  }
  return status;
}

inline nxs_status report(const std::optional<Error> &error) noexcept {
  return error ? report(error->status(), error->what()) : NXS_Success;
}

// Created early, while there is memory, and never destroyed.
inline const Error &out_of_memory() {
  static const Error *const error = new Error(NXS_OutOfHostMemory, "the host's memory ran out");
  return *error;
}

// The exception that is currently being handled, as an Error.
inline Error current_error() noexcept {
  try {
    try {
      throw;
    } catch (const Error &error) {
      return error;
    } catch (const std::bad_alloc &) {
      return out_of_memory();
    } catch (const std::exception &error) {
      return Error(NXS_OutOfResources, error.what());
    } catch (...) {
      return Error(NXS_OutOfResources, "an exception of unknown type");
    }
  } catch (...) {
    return out_of_memory();
  }
}

// Restores errno to the value that the caller left.
class KeepErrno {
 public:
  ~KeepErrno() { errno = value_; }

 private:
  const int value_ = errno;
};

namespace detail {

template <class Body>
auto guarded(Body &&body) noexcept {
  using Result = decltype(body());
  using Returned = std::conditional_t<std::is_void_v<Result>, nxs_status, Result>;
  const KeepErrno keep;
  mark_process_as_user();
  if (is_fork_of_user())
    return static_cast<Returned>(
        report(NXS_DeviceNotAvailable,
               "this process is a fork of one that used the plugin; start it by spawn or exec "
               "instead, or fork before the first use"));
  try {
    if constexpr (std::is_void_v<Result>) {
      body();
      return NXS_Success;
    } else {
      return body();
    }
  } catch (const Error &error) {
    // Handled separately, since the rethrow in current_error() would double the cost of an error.
    return static_cast<Returned>(report(error.status(), error.what()));
  } catch (...) {
    const Error error = current_error();
    return static_cast<Returned>(report(error.status(), error.what()));
  }
}

}  // namespace detail

// Runs the body of an ABI function. Returns the body's result, or NXS_Success if it has none.
template <class Body>
auto guard(Body &&body) noexcept {
#ifdef __OBJC__
  // Outside the handlers, since an exception that passes through a pool leaves it undrained.
  @autoreleasepool {
    return detail::guarded(std::forward<Body>(body));
  }
#else
  return detail::guarded(std::forward<Body>(body));
#endif
}

}  // namespace nexus::sdk
