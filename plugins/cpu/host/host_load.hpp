// How busy this machine is.
#pragma once

#include <nexus-api/nxs_platform.h>

namespace nexus::cpu {

// Times of all cores together since boot, in system ticks.
struct CoreTimes {
  nxs_ulong busy = 0, all = 0;
};

// The busy share between two readings, in percent; -1 if no time passed between them.
nxs_long busy_percent(const CoreTimes &before, const CoreTimes &after);

// Starts the first interval of core_utilization.
void start_core_utilization();

// The busy share of all cores' time since the previous call in this process, in percent; the first
// call measures from the start above. A call within a tenth of a second returns the previous value,
// because the system counts in steps. -1 if unknown.
nxs_long core_utilization();

// Memory in use, in percent of the memory that the process may use; -1 if unknown.
nxs_long memory_utilization();

}  // namespace nexus::cpu
