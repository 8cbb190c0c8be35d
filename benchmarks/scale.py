"""The cost of creating and releasing a buffer among up to a million others."""

from __future__ import annotations

import gc
import subprocess
import sys
from time import perf_counter_ns

import nexus
from benchmarks.harness import Goal, Report, Row, row

_BATCH = 200
_SIZE = 64
# Room for cache misses; a linear search would give a factor of a thousand.
_LIMIT = 2
_LIMIT_BYTES = 250
# Prints how much a process grows for each live buffer, over all layers.
_GROWTH = """
import nexus, sys
def resident():
    for line in open("/proc/self/smaps_rollup"):
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) * 1024
device, count = nexus.get_runtime("cpu").get_device(0), int(sys.argv[1])
few = [device.create_buffer(64) for _ in range(1000)]
live = [None] * count
before = resident()
for i in range(count):
    live[i] = device.create_buffer(64)
print((resident() - before) / count)
"""


def run(quick: bool) -> Report:
    """Time batches of creates and releases, with more and more buffers alive, and fewer again."""
    levels = (1, 1000, 10_000) if quick else (1, 1000, 100_000, 1_000_000)
    device = nexus.get_runtime("cpu").get_device(0)
    creates: dict[int, list[float]] = {level: [] for level in levels}
    releases: dict[int, list[float]] = {level: [] for level in levels}
    growing: list[float] = []
    live: list[nexus.Buffer] = []
    for level in (*levels, *levels[::-1]):
        begin, before = perf_counter_ns(), len(live)
        live += [device.create_buffer(_SIZE) for _ in range(level - before)]
        if len(live) - before >= _BATCH:
            growing.append((perf_counter_ns() - begin) / (len(live) - before))
        del live[level:]
        for _ in range(20 if quick else 500):
            create, release = _batch(device)
            creates[level].append(create)
            releases[level].append(release)
    rows = [*_rows("create", creates), *_rows("release", releases)]
    rows.append(row("create, collector on, on the way", "ns", growing))
    if sys.platform == "linux":
        taken = [memory_of_a_buffer(20_000 if quick else 200_000) for _ in range(1 if quick else 5)]
        title = "memory of a live buffer of 64 bytes"
        rows.append(row(title, "bytes", taken, None, Goal("median", _LIMIT_BYTES)))
    return Report(rows)


def memory_of_a_buffer(count: int) -> float:
    """Return how many bytes a process grows for each live buffer of 64 bytes, on Linux."""
    command = [sys.executable, "-c", _GROWTH, str(count)]
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(made.stdout)


def _rows(name: str, samples: dict[int, list[float]]) -> list[Row]:
    (first, alone), *others = samples.items()
    few = f"{name} with {first}"
    return [
        row(f"{name} with {first:,} live", "ns", alone),
        *(
            row(f"{name} with {level:,} live", "ns", taken, {few: alone}, Goal(few, _LIMIT))
            for level, taken in others
        ),
    ]


def _batch(device: nexus.Device) -> tuple[float, float]:
    """Return the time of a create and of a release, in ns."""
    gc.disable()
    try:
        begin = perf_counter_ns()
        made = [device.create_buffer(_SIZE) for _ in range(_BATCH)]
        between = perf_counter_ns()
        for buffer in made:
            buffer.close()
        return (between - begin) / _BATCH, (perf_counter_ns() - between) / _BATCH
    finally:
        gc.enable()
