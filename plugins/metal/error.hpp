// Converts Metal's errors to the SDK's.
#pragma once

#import <Metal/Metal.h>

#include <nexus-sdk/base/error.hpp>

#include <string>

namespace nexus::metal {
using namespace sdk;

// The string in UTF-8; empty for nil.
std::string text_of(NSString *text);

// An error whose message is what was tried and Metal's description.
Error error_of(NSError *error, nxs_status status, const std::string &what);

// The same for a command buffer, whose error determines the status.
Error error_of_work(NSError *error, const std::string &what);

// Fails with NXS_OutOfResources if Metal returned nil.
template <class T>
T made(T object, const char *what) {
  if (!object) fail(NXS_OutOfResources, "Metal made no ", what);
  return object;
}

}  // namespace nexus::metal
