// What environment variables say about the plugin's threads and memory.
#pragma once

#include <nexus-api/nxs.h>

#include <string>

namespace nexus::cpu {

struct Settings {
  // Threads of a launch, the caller's among them.
  int threads = 1;
  // How long a thread that has nothing to do waits awake.
  nxs_long spin_ns = 0;
  // Whether memory lies between pages that cannot be accessed, and crashes name the kernel.
  bool debug = false;
  // A sentence for each variable whose value is not used; else empty.
  std::string problems;
};

// Read once.
const Settings &settings();

}  // namespace nexus::cpu
