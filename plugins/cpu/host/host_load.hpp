// How busy this machine is.
#pragma once

#include <nexus-api/nxs_platform.h>

namespace nexus::cpu {

// Of all cores together since the machine started, in ticks of the system.
struct CoreTimes {
  nxs_ulong busy = 0, all = 0;
};

// The share that was busy between two readings, in percent; -1 where no time passed between them.
nxs_long busy_percent(const CoreTimes &before, const CoreTimes &after);

// Begins the first interval of core_utilization.
void start_core_utilization();

// The share of all cores' time that was busy since the last answer of this process, in percent; the
// first is since the start above. Asked again within a tenth of a second, the answer is the same,
// since the system counts in steps. -1 where the machine does not tell.
nxs_long core_utilization();

// Memory in use, in percent of what the process may have; -1 where the machine does not tell.
nxs_long memory_utilization();

}  // namespace nexus::cpu
