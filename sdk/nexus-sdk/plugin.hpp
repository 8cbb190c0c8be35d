// Defines the functions of the ABI for a backend. Exactly one source file of a plugin includes this
// header, and then invokes NEXUS_PLUGIN with its class derived from nexus::sdk::Backend.
#pragma once

#include <nexus-sdk/abi/launch_functions.hpp>
#include <nexus-sdk/abi/object_functions.hpp>
#include <nexus-sdk/abi/work_functions.hpp>

#define NEXUS_PLUGIN(BACKEND)                                         \
  std::unique_ptr<nexus::sdk::Backend> nexus::sdk::create_backend() { \
    return std::make_unique<BACKEND>();                               \
  }

namespace nexus::sdk::detail {
// Makes a listed function without a definition an error when the plugin is linked.
#define NEXUS_API_FUNC(RETURN, NAME, ...) reinterpret_cast<void (*)()>(&nxs##NAME),
[[gnu::used]] static void (*const kAllFunctions[])() = {
#include <nexus-api/_nxs_functions.h>
};
#undef NEXUS_API_FUNC
}  // namespace nexus::sdk::detail
