"""Lists the devices of this machine, and adds two vectors on each of them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

import nexus

COUNT = 1 << 24
GROUP = 256
RUNS = 10
# By runtime; the others have no source here, and are listed only.
_SOURCES = {"cpu": "vector_add.c"}


class Result(NamedTuple):
    """How vector addition went on a device.

    Attributes
    ----------
    milliseconds : float
        Fastest of several runs, as the host sees it.
    correct : bool
        Whether every element is what NumPy gets.
    """

    milliseconds: float
    correct: bool


def main(count: int = COUNT) -> int:
    """List the devices, add vectors on each, and print what came of it.

    Parameters
    ----------
    count : int
        Elements of a vector, a multiple of the group's 256.

    Returns
    -------
    int
        Exit status: 0 if vectors were added on a device, and rightly on each.
    """
    runtimes = nexus.get_runtimes()
    _print_table(_devices(runtimes))
    outcomes = [
        _report(device, count)
        for runtime in runtimes
        if runtime.name in _SOURCES
        for device in runtime.get_devices()
    ]
    if not outcomes:
        print("no device that the demo has a kernel for", file=sys.stderr)
    return 0 if outcomes and all(outcomes) else 1


def add_vectors(device: nexus.Device, count: int) -> Result:
    """Add two vectors of float32 on a device, and check the sum.

    Parameters
    ----------
    device : nexus.Device
        Of a runtime that there is a kernel for.
    count : int
        Elements of a vector.
    """
    random = np.random.default_rng(seed=1)
    a, b = (random.random(count, dtype=np.float32) for _ in range(2))
    source = Path(__file__).with_name(_SOURCES[device.runtime.name])
    kernel = device.load_library(source).get_kernel("add_vectors")
    out = device.create_buffer(count, dtype="float32")
    schedule = device.create_schedule()
    command = schedule.create_command(kernel)
    for index, vector in enumerate((a, b)):
        command.set_buffer(index, device.create_buffer(vector))
    command.set_buffer(2, out)
    command.set_scalar(3, count)
    command.finalize(group_size=GROUP, grid_size=count)
    seconds = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        schedule.run()
        seconds.append(time.perf_counter() - begin)
    total = np.empty(count, dtype=np.float32)
    out.copy(total)
    return Result(min(seconds) * 1e3, bool(np.array_equal(total, a + b)))


def _report(device: nexus.Device, count: int) -> bool:
    result = add_vectors(device, count)
    # Two vectors are read, one is written.
    rate = 3 * 4 * count / result.milliseconds / 1e6
    print(
        f"{device.runtime.name}:{device.index}  added 2 x {count:,} float32 in "
        f"{result.milliseconds:.2f} ms, {rate:.1f} GB/s: "
        f"{'correct' if result.correct else 'WRONG'}"
    )
    return result.correct


def _devices(runtimes: Sequence[nexus.Runtime]) -> Iterator[tuple[str, ...]]:
    yield "runtime", "device", "type", "name", "architecture", "memory"
    for runtime in runtimes:
        for device in runtime.get_devices():
            info = device.get_info()
            memory = info.get("GlobalMemorySize", None)
            yield (
                runtime.name,
                str(device.index),
                device.type,
                str(info.get("Name", "")),
                str(info.get("Architecture", "")),
                "" if memory is None else f"{memory / 2**30:.1f} GiB",
            )
        if not runtime.get_devices():
            yield runtime.name, "none", "", "", "", ""


def _print_table(rows: Iterator[tuple[str, ...]]) -> None:
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    print()
