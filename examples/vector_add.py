"""Add two vectors step by step: buffers, a kernel, a schedule that runs twice."""

import numpy as np
import on_devices

import nexus

SOURCE = """
#include <nexus-api/nxs_kernel.h>

NXS_KERNEL(add_vectors, NXS_IN(float, a), NXS_IN(float, b), NXS_OUT(float, c),
           NXS_SCALAR(nxs_int, n))
{
  NXS_ITEMS
  {
    const nxs_int i = NXS_GLOBAL_ID(0);
    if (i < n) c[i] = a[i] + b[i];
  }
}
"""
GROUP = 256


def run(device: nexus.Device, count: int) -> str:
    rng = np.random.default_rng(seed=1)
    host_a, host_b = rng.random(count, dtype=np.float32), rng.random(count, dtype=np.float32)
    a, b = device.create_buffer(host_a), device.create_buffer(host_b)
    c = device.create_buffer(count, dtype="float32")

    # The kernel checks i < n, so the grid is rounded up to a whole number of groups.
    grid = (count + GROUP - 1) // GROUP * GROUP
    kernel = device.compile(SOURCE).get_kernel("add_vectors")
    schedule = device.create_schedule()
    command = schedule.create_command(kernel)
    for index, argument in enumerate((a, b, c, count)):
        command.set_arg(index, argument)
    command.finalize(group_size=GROUP, grid_size=grid)

    schedule.run()
    total = np.empty(count, dtype=np.float32)
    c.copy(total)
    assert np.array_equal(total, host_a + host_b)

    # A schedule uses the content of the buffers at the time it runs.
    a.copy_from(total)
    schedule.run(timing=True)
    assert np.array_equal(c.numpy(), total + host_b)
    return f"added {count:,} floats in {schedule.get_property_flt('ElapsedTime'):.3f} ms"


if __name__ == "__main__":
    on_devices.main(run, __doc__, count=(1_000_000, "elements of a vector"))
