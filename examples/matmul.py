"""Multiply matrices by tiles: a grid of two dimensions, shared tiles, private sums."""

import numpy as np
import on_devices

import nexus

TILE = 16


def run(device: nexus.Device, rows: int, depth: int, columns: int) -> str:
    kernel = device.load_library(on_devices.KERNELS / "matmul.c").get_kernel("matmul")
    rng = np.random.default_rng(seed=1)
    host_a = rng.random((rows, depth), dtype=np.float32)
    host_b = rng.random((depth, columns), dtype=np.float32)
    a, b = device.create_buffer(host_a), device.create_buffer(host_b)
    c = device.create_buffer((rows, columns), dtype="float32")

    def launch() -> None:
        # Sizes are given x first, so columns come before rows.
        grid = [on_devices.whole_groups(count, TILE) for count in (columns, rows)]
        kernel(a, b, c, rows, depth, columns, group_size=(TILE, TILE), grid_size=grid)

    time = on_devices.milliseconds(launch)
    assert np.allclose(c.numpy(), host_a @ host_b, rtol=1e-4)

    # A multiplication and an addition for each term of each sum.
    rate = 2 * rows * depth * columns / time / 1e6
    sizes = f"{rows} x {depth} times {depth} x {columns}"
    return f"{sizes} in {time:.3f} ms, {rate:.1f} GFLOP/s"


if __name__ == "__main__":
    on_devices.main(
        run,
        __doc__,
        rows=(1000, "rows of the first matrix"),
        depth=(500, "columns of the first matrix and rows of the second"),
        columns=(750, "columns of the second matrix"),
    )
