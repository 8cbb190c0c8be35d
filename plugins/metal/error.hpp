// Metal's errors as the SDK's.
#pragma once

#import <Metal/Metal.h>

#include <nexus-sdk/base/error.hpp>

#include <string>

namespace nexus::metal {
using namespace sdk;

// Empty for nil.
std::string text_of(NSString *text);

// What was tried, and what Metal says of it.
Error error_of(NSError *error, nxs_status status, const std::string &what);

// The same for a command buffer, whose errors tell the status.
Error error_of_work(NSError *error, const std::string &what);

// Fails with NXS_OutOfResources where Metal made nothing.
template <class T>
T made(T object, const char *what) {
  if (!object) fail(NXS_OutOfResources, "Metal made no ", what);
  return object;
}

}  // namespace nexus::metal
