"""Adds two vectors on a device."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

import nexus

GROUP = 256
RUNS = 10


class Result(NamedTuple):
    """Result of a vector addition on a device.

    Attributes
    ----------
    milliseconds : float
        Duration of the fastest of several runs, measured by the host.
    correct : bool
        Whether all elements equal those of NumPy.
    """

    milliseconds: float
    correct: bool


def add_vectors(device: nexus.Device, count: int) -> Result:
    """Add two vectors of float32 on a device, and check the sum.

    Parameters
    ----------
    device : nexus.Device
        A device that takes kernels of ``nexus-api/nxs_kernel.h``.
    count : int
        Elements of a vector.
    """
    random = np.random.default_rng(seed=1)
    a, b = (random.random(count, dtype=np.float32) for _ in range(2))
    source = Path(__file__).with_name("vector_add.c")
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
