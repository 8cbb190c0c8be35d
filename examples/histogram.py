"""Count bytes by value: atomic operations on shared memory, then on the counts in a buffer."""

import numpy as np
import on_devices

import nexus

GROUP, MOST_GROUPS = 256, 256


def run(device: nexus.Device, count: int) -> str:
    kernel = device.load_library(on_devices.KERNELS / "histogram.c").get_kernel("histogram")
    # Most values are in the middle, so that many items want to change the same count.
    rng = np.random.default_rng(seed=1)
    values = rng.normal(128, 20, count).clip(0, 255).astype(np.uint8)
    x = device.create_buffer(values)
    counts = device.create_buffer(256, dtype="uint32")

    def launch() -> None:
        counts.fill(0)
        # Each item counts 16 bytes, or more where there are many.
        grid = min(on_devices.whole_groups(-(-count // 16), GROUP), MOST_GROUPS * GROUP)
        kernel(x, counts, count, group_size=GROUP, grid_size=grid)

    time = on_devices.milliseconds(launch)
    expected = np.bincount(values, minlength=256)
    assert np.array_equal(counts.numpy(), expected)
    rate = count / time / 1e6
    return f"{count:,} bytes in {time:.3f} ms, {rate:.2f} GB/s; most are {expected.argmax()}"


if __name__ == "__main__":
    on_devices.main(run, __doc__, count=(10_000_000, "bytes to count"))
