"""Multiply a sparse matrix in CSR form with a vector."""

import numpy as np
import on_devices

import nexus

GROUP = 64


def run(device: nexus.Device, rows: int, entries: int) -> str:
    kernel = device.load_library(on_devices.KERNELS / "spmv.c").get_kernel("spmv")
    # A square matrix whose rows have from 0 to twice `entries` entries, in any columns.
    rng = np.random.default_rng(seed=1)
    lengths = rng.integers(0, 2 * entries + 1, rows)
    starts = np.concatenate([[0], lengths.cumsum()]).astype(np.int32)
    columns = rng.integers(0, rows, starts[-1], dtype=np.int32)
    values, x = rng.random(starts[-1], np.float32), rng.random(rows, np.float32)
    given = [device.create_buffer(array) for array in (starts, columns, values, x)]
    y = device.create_buffer(rows, dtype="float32")

    def launch() -> None:
        grid = on_devices.whole_groups(rows, GROUP)
        kernel(*given, y, rows, group_size=GROUP, grid_size=grid)

    time = on_devices.milliseconds(launch)
    row_of_entry = np.repeat(np.arange(rows), lengths)
    expected = np.bincount(row_of_entry, weights=values * x[columns], minlength=rows)
    assert np.allclose(y.numpy(), expected, rtol=1e-4)
    rate = 2 * len(values) / time / 1e6
    return f"{rows:,} rows, {len(values):,} entries in {time:.3f} ms, {rate:.2f} GFLOP/s"


if __name__ == "__main__":
    on_devices.main(
        run, __doc__, rows=(200_000, "rows of the matrix"), entries=(20, "mean entries of a row")
    )
