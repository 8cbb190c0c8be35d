// The processors that this process may use. Containers and taskset can leave it fewer than the
// machine has; more threads than that would take turns.
#pragma once

#include <nexus-api/nxs_platform.h>

#include <algorithm>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#include <unistd.h>
#endif

namespace nexus::cpu {

#if defined(__linux__)
// Those of the process's first thread, since the calling thread may have narrowed its own. Empty
// where the system does not tell.
inline cpu_set_t allowed_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(getpid(), sizeof set, &set)) CPU_ZERO(&set);
  return set;
}
#endif

// How many there are, at least 1.
inline nxs_long processor_count() {
#if defined(__linux__)
  const cpu_set_t allowed = allowed_processors();
  if (const int count = CPU_COUNT(&allowed)) return count;
#endif
  return std::max<nxs_long>(std::thread::hardware_concurrency(), 1);
}

}  // namespace nexus::cpu
