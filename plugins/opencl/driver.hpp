// OpenCL: the loader's functions, the mapping of errors to statuses, queries, and owned handles.
#pragma once

#include <nexus-sdk/base/error.hpp>
#include <nexus-sdk/khronos/cl_functions.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

namespace nexus::opencl {
using namespace sdk;

struct Driver : cl::Functions {
  // Why there is no loader; empty if there is one.
  std::string problem;
};

// The loader, opened at the first call.
const Driver &driver();

// One of OpenCL's errors with the closest status; the message is `what` and the error's number.
Error error_of(cl::Int result, const std::string &what);

template <class... Parts>
void check(cl::Int result, const Parts &...what) {
  if (result != cl::kSuccess) [[unlikely]]
    throw error_of(result, concat(what...));
}

// The object that one of OpenCL's functions creates from the arguments before the last, a place for
// the error. Some drivers give none and report success.
template <class Object, class... All, class... Given>
Object created(const std::string &what, Object (*create)(All...), Given... given) {
  cl::Int result = cl::kSuccess;
  const Object object = create(given..., &result);
  check(result, what);
  if (!object) fail(NXS_OutOfResources, what, ": the driver gives nothing");
  return object;
}

// A handle that is released with its owner, by one of OpenCL's functions.
template <auto Release>
struct Releaser {
  template <class T>
  void operator()(T *handle) const {
    (driver().*Release)(handle);
  }
};
template <class Handle, auto Release>
using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, Releaser<Release>>;
using OwnedQueue = Owned<cl::Queue, &Driver::clReleaseCommandQueue>;
using OwnedMem = Owned<cl::Mem, &Driver::clReleaseMemObject>;
using OwnedProgram = Owned<cl::Program, &Driver::clReleaseProgram>;
using OwnedKernel = Owned<cl::Kernel, &Driver::clReleaseKernel>;

// What a driver answers about an object, by one of the clGet...Info functions.
class Info {
 public:
  // The arguments before those that all these functions have.
  template <class... All, class... First>
  explicit Info(cl::Int (*function)(All...), First... first)
      : ask_([=](cl::Uint which, cl::Size size, void *value, cl::Size *needed) {
          return function(first..., which, size, value, needed);
        }) {}

  // Empty if the driver does not answer.
  std::string text(cl::Uint which) const;
  // The value that the driver answers with if it gets a place for one like `value`.
  template <class T>
  std::optional<T> answer(cl::Uint which, T value = {}) const {
    if (ask_(which, sizeof value, static_cast<void *>(&value), nullptr)) return std::nullopt;
    return value;
  }
  // Zeros if the driver does not answer.
  template <class T>
  T value(cl::Uint which) const {
    return answer<T>(which).value_or(T{});
  }
  // That the driver does not answer is an error, whose message calls the value `what`.
  template <class T>
  T required(cl::Uint which, const std::string &what) const {
    T value{};
    cl::Size size = 0;
    check(ask_(which, sizeof value, &value, &size), "asking for ", what);
    if (size != sizeof value)
      fail(NXS_OutOfResources, "asking for ", what, ": the driver answers with ", size, " bytes");
    return value;
  }

 private:
  const std::function<cl::Int(cl::Uint, cl::Size, void *, cl::Size *)> ask_;
};

}  // namespace nexus::opencl
