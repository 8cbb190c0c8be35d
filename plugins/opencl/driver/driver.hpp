// OpenCL: the loader's functions, the mapping of errors to statuses, and queries.
#pragma once

#include <nexus-sdk/base/error.hpp>

#include <string>
#include <vector>

#include "driver/cl_functions.hpp"

namespace nexus::opencl {
using namespace sdk;

struct Driver {
#define NEXUS_OPENCL_FUNCTION(RETURN, NAME, ...) RETURN (*NAME)(__VA_ARGS__) = nullptr;
  NEXUS_OPENCL_FUNCTIONS(NEXUS_OPENCL_FUNCTION)
  NEXUS_OPENCL_OPTIONAL_FUNCTIONS(NEXUS_OPENCL_FUNCTION)
#undef NEXUS_OPENCL_FUNCTION

  // Why there is no loader; empty if there is one.
  std::string problem;
};

// The extensions' functions of one platform; NULL where it has none.
struct Extensions {
#define NEXUS_OPENCL_FUNCTION(RETURN, NAME, ...) RETURN (*NAME)(__VA_ARGS__) = nullptr;
  NEXUS_OPENCL_EXTENSION_FUNCTIONS(NEXUS_OPENCL_FUNCTION)
#undef NEXUS_OPENCL_FUNCTION
};

// The loader, opened at the first call.
const Driver &driver();

Extensions extensions_of(cl::Platform platform);

// One of OpenCL's errors with the closest status; the message is `what` and the error's number.
Error error_of(cl::Int result, const std::string &what);

template <class... Parts>
void check(cl::Int result, const Parts &...what) {
  if (result != cl::kSuccess) [[unlikely]]
    throw error_of(result, concat(what...));
}

// Calls `ask(size, value, size_out)`, one of the clGet...Info functions, for a text. Empty if the
// driver does not answer.
template <class Ask>
std::string text_of(const Ask &ask) {
  std::size_t size = 0;
  // A driver that asks for more than any text has answers nonsense.
  constexpr std::size_t kLongest = std::size_t{1} << 28;
  if (ask(std::size_t{0}, nullptr, &size) != cl::kSuccess || !size || size > kLongest) return {};
  std::string text(size, '\0');
  if (ask(size, text.data(), nullptr) != cl::kSuccess) return {};
  text.resize(text.find('\0') == text.npos ? text.size() : text.find('\0'));
  text.erase(0, text.find_first_not_of(' '));
  text.resize(text.find_last_not_of(' ') + 1);
  return text;
}

// The same for a value of a fixed size; zeros if the driver does not answer.
template <class T, class Ask>
T value_of(const Ask &ask) {
  T value{};
  if (ask(sizeof value, &value, nullptr) != cl::kSuccess) return T{};
  return value;
}

// The same for a value that cannot be done without: that the driver does not answer is an error.
template <class T, class Ask>
T required_value_of(const Ask &ask, const std::string &what) {
  T value{};
  std::size_t size = 0;
  check(ask(sizeof value, &value, &size), "asking for ", what);
  if (size != sizeof value)
    throw Error(NXS_OutOfResources,
                concat("asking for ", what, ": the driver answers with ", size, " bytes"));
  return value;
}

// The object that a function of OpenCL has made. Some drivers give none and report success.
template <class Object, class... Parts>
Object made(Object object, cl::Int result, const Parts &...what) {
  check(result, what...);
  if (!object) throw Error(NXS_OutOfResources, concat(what..., ": the driver gives nothing"));
  return object;
}

}  // namespace nexus::opencl
