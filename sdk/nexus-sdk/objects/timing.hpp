// Measured time.
#pragma once

#include <nexus-api/nxs_platform.h>

#include <chrono>

namespace nexus::sdk {

// Start and end of work, in nanoseconds of a monotonic clock; both 0 if they were not measured.
struct Timing {
  nxs_long start = 0, end = 0;
  double elapsed_ms() const { return static_cast<double>(end - start) / 1e6; }
};

// The monotonic clock of the host, in nanoseconds.
inline nxs_long clock_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace nexus::sdk
