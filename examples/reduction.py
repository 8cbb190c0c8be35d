"""Sum a vector: each group sums a part in shared memory, and a second launch sums the parts."""

import numpy as np
import on_devices

import nexus

GROUP, MOST_GROUPS = 256, 1024


def run(device: nexus.Device, count: int) -> str:
    kernel = device.load_library(on_devices.KERNELS / "reduction.c").get_kernel("sum")
    values = np.random.default_rng(seed=1).random(count, dtype=np.float32)
    # Each item adds 16 numbers, or more where there are many.
    groups = min(on_devices.whole_groups(-(-count // 16), GROUP) // GROUP, MOST_GROUPS)
    x = device.create_buffer(values)
    parts = device.create_buffer(groups, dtype="float32")
    total = device.create_buffer(1, dtype="float32")

    def launch() -> None:
        kernel(x, parts, count, group_size=GROUP, grid_size=groups * GROUP)
        kernel(parts, total, groups, group_size=GROUP, grid_size=GROUP)

    time = on_devices.milliseconds(launch)
    found, expected = total.numpy()[0], values.sum(dtype=np.float64)
    assert abs(found - expected) <= 1e-5 * expected
    rate = values.nbytes / time / 1e6
    return f"the sum of {count:,} numbers is {found:.1f}, in {time:.3f} ms, {rate:.1f} GB/s"


if __name__ == "__main__":
    on_devices.main(run, __doc__, count=(10_000_001, "numbers to add"))
