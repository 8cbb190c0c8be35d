// The boundary between C and C++: no exception passes it, each becomes a status and a message that
// nxsGetLastErrorMessage returns.
#pragma once

#include <nexus-sdk/abi/error.hpp>
#include <nexus-sdk/abi/process.hpp>

#include <cerrno>
#include <new>
#include <string>
#include <system_error>
#include <utility>

namespace nexus::sdk {

// Why the last call of this thread that failed did.
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

// The status for the exception that is being handled.
inline nxs_status report_current_exception() noexcept {
  try {
    throw;
  } catch (const Error &error) {
    return report(error.status(), error.what());
  } catch (const std::bad_alloc &) {
    return report(NXS_OutOfHostMemory, "the host's memory ran out");
  } catch (const std::system_error &error) {
    return report(NXS_OutOfResources, error.what());
  } catch (const std::exception &error) {
    return report(NXS_OutOfResources, error.what());
  } catch (...) {
    return report(NXS_OutOfResources, "an exception of unknown type");
  }
}

// Keeps errno as the caller left it.
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
    // Here and not below: to throw it once more would double what an error costs.
    return static_cast<Returned>(report(error.status(), error.what()));
  } catch (...) {
    return static_cast<Returned>(report_current_exception());
  }
}

}  // namespace detail

// Runs the body of an ABI function. What it returns, a handle or nothing for success, is returned.
template <class Body>
auto guard(Body &&body) noexcept {
#ifdef __OBJC__
  // Outside of what catches: an exception that passes a pool leaves it undrained.
  @autoreleasepool {
    return detail::guarded(std::forward<Body>(body));
  }
#else
  return detail::guarded(std::forward<Body>(body));
#endif
}

}  // namespace nexus::sdk
