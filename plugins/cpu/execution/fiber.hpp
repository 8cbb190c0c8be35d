// Runs the items of one group so that they can wait for each other, for kernels that are called
// once per item. An item that reaches a barrier is suspended on its own stack until all others are
// there.
#pragma once

#include <nexus-api/nxs_platform.h>

#include "execution/pool.hpp"

namespace nexus::cpu {

// Calls body(item, barrier) for items 0 to count - 1 of a group. The body passes `barrier` to
// _cpu_barrier. An item that never waits costs little more than a call.
void run_items(nxs_ulong count, FunctionRef<void(nxs_ulong item, void *barrier)> body);

}  // namespace nexus::cpu

// Called by a kernel: returns when every item of the group has called it or has ended. Throws if
// one of them has thrown, so that no item waits for what will not come.
extern "C" NXS_API_EXPORT void _cpu_barrier(void *barrier);
