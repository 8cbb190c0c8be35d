"""Two streams: the second waits for an event that the first one signals."""

import numpy as np
import on_devices

import nexus

SOURCE = """
#include <nexus-api/nxs_kernel.h>

NXS_KERNEL(scale, NXS_OUT(float, x), NXS_SCALAR(float, factor))
{
  NXS_ITEMS { x[NXS_GLOBAL_ID(0)] *= factor; }
}
NXS_KERNEL(shift, NXS_OUT(float, x), NXS_SCALAR(float, amount))
{
  NXS_ITEMS { x[NXS_GLOBAL_ID(0)] += amount; }
}
"""


def run(device: nexus.Device, count: int) -> str:
    library = device.compile(SOURCE)
    x = device.create_buffer(np.ones(count, dtype=np.float32))
    scaled = device.create_event()

    first = device.create_schedule()
    scale = first.create_command(library.get_kernel("scale"))
    scale.set_arg(0, x)
    scale.set_arg(1, 3.0)
    scale.finalize(256, count)
    first.create_signal_command(scaled)

    second = device.create_schedule()
    second.create_wait_command(scaled)
    shift = second.create_command(library.get_kernel("shift"))
    shift.set_arg(0, x)
    shift.set_arg(1, 1.0)
    shift.finalize(256, count)

    # Submitted in the wrong order; the event restores it.
    a, b = device.create_stream(), device.create_stream()
    second.run(b, blocking=False, timing=True)
    assert second.get_property_str("Status") in ("Submitted", "Running")
    first.run(a, blocking=False, timing=True)
    b.synchronize()

    assert scaled.value == 1
    assert (x.numpy() == 3.0 * 1.0 + 1.0).all()
    # Nobody signals this event, so the wait ends at its time-out.
    try:
        device.create_event().wait(timeout=0.01)
    except TimeoutError:
        pass
    else:
        raise AssertionError("the wait came back")
    times = [schedule.get_property_flt("ElapsedTime") for schedule in (first, second)]
    return f"{count:,} floats scaled in {times[0]:.3f} ms, then shifted in {times[1]:.3f} ms"


if __name__ == "__main__":
    on_devices.main(run, __doc__, count=(1 << 20, "elements, a multiple of 256"))
