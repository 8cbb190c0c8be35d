"""Add a multiple of one vector to another: y = a x + y."""

import numpy as np
import on_devices

import nexus

GROUP = 256


def run(device: nexus.Device, count: int) -> str:
    kernel = device.load_library(on_devices.KERNELS / "saxpy.c").get_kernel("saxpy")
    rng = np.random.default_rng(seed=1)
    host_x, host_y = rng.random((2, count), dtype=np.float32)
    x, y = device.create_buffer(host_x), device.create_buffer(host_y)

    def launch() -> None:
        # The grid is whole groups; the kernel leaves out the items beyond `count`.
        grid = on_devices.whole_groups(count, GROUP)
        kernel(2.5, x, y, count, group_size=GROUP, grid_size=grid)

    launch()
    assert np.allclose(y.numpy(), np.float32(2.5) * host_x + host_y, rtol=1e-6)

    time = on_devices.milliseconds(launch)
    # Two vectors are read, one is written.
    rate = 3 * host_x.nbytes / time / 1e6
    return f"{count:,} elements in {time:.3f} ms, {rate:.1f} GB/s"


if __name__ == "__main__":
    on_devices.main(run, __doc__, count=(10_000_000, "elements of a vector"))
