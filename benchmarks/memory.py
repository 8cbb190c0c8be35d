"""Copies of an array into and out of a buffer, compared with memcpy and ``numpy.copy``."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from time import perf_counter

import numpy as np

import nexus
from benchmarks.harness import Goal, Report, Row, interleave, row

MEMCPY, NUMPY = "memcpy", "numpy.copy"
# 0.9 of its rate.
_LIMIT = 1 / 0.9


def run(quick: bool) -> Report:
    """Time both directions, with arrays that fit some machines' caches and arrays that fit none."""
    rows = []
    for mebibytes in (4,) if quick else (4, 256):
        rows += _race(mebibytes, 0.3 if quick else 10)
    return Report(rows)


def _race(mebibytes: int, seconds: float) -> list[Row]:
    device = nexus.get_runtime("cpu").get_device(0)
    source = np.random.default_rng(1).integers(0, 255, mebibytes << 20, np.uint8)
    # All are written once before, so that neither memcpy nor the copies touch a new page.
    target, warm = source.copy(), source.copy()
    buffer = device.create_buffer(source)
    to, start, size = warm.ctypes.data, source.ctypes.data, source.nbytes
    calls: dict[str, Callable[[], object]] = {
        MEMCPY: lambda: ctypes.memmove(to, start, size),
        NUMPY: source.copy,
        "create_buffer(array)": lambda: device.create_buffer(source),
        "buffer.copy_from(array)": lambda: buffer.copy_from(source),
        "buffer.copy(array)": lambda: buffer.copy(target),
    }
    samples = interleave({name: _timed(call) for name, call in calls.items()}, seconds)
    return [_row(name, f"{mebibytes} MiB", samples) for name in calls]


def _row(name: str, size: str, samples: dict[str, list[float]]) -> Row:
    title = f"{name}, {size}"
    if name in (MEMCPY, NUMPY):
        return row(title, "ms", samples[name])
    against = {other: samples[other] for other in (MEMCPY, NUMPY)}
    return row(title, "ms", samples[name], against, Goal(MEMCPY, _LIMIT))


def _timed(call: Callable[[], object]) -> Callable[[], float]:
    def take() -> float:
        begin = perf_counter()
        made = call()
        took = perf_counter() - begin
        # Released outside of the measured time, since programs keep their buffers for a while.
        del made
        return took * 1e3

    return take
