"""How many Python functions of the package frequent calls enter."""

from __future__ import annotations

import cProfile
import gc
from pathlib import Path

import numpy as np
import pytest

import nexus

PACKAGE = str(Path(nexus.__file__).parent)
ADD = """#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(add, NXS_IN(float, a), NXS_IN(float, b), NXS_OUT(float, c)) {
  NXS_ITEMS c[NXS_GLOBAL_ID(0)] = a[NXS_GLOBAL_ID(0)] + b[NXS_GLOBAL_ID(0)];
}
"""


def calls_of(function):
    """Return how many Python functions of the package a call enters, once caches are filled."""
    function()
    kept = []
    profile = cProfile.Profile()
    # A collection would count what the objects of other tests do when they end.
    gc.collect()
    gc.disable()
    try:
        profile.enable()
        kept.append(function())
        profile.disable()
    finally:
        gc.enable()
    return sum(
        int(entry.callcount)
        for entry in profile.getstats()
        if not isinstance(entry.code, str) and entry.code.co_filename.startswith(PACKAGE)
    )


@pytest.fixture
def buffers(cpu):
    return [cpu.create_buffer(np.ones(64, np.float32)) for _ in range(3)]


def test_create_buffer(cpu):
    array = np.ones(64, np.float32)
    assert 1 <= calls_of(lambda: cpu.create_buffer(array)) <= 6


def test_numpy(buffers):
    assert 1 <= calls_of(buffers[0].numpy) <= 8


@pytest.mark.parametrize(("shares", "least", "most"), [(False, 0, 0), (True, 1, 16)])
def test_launch(run_python, shares, least, most):
    # Once a buffer of the device shares host memory, runs are counted, which needs a schedule.
    text = Path(__file__).read_text("utf-8").split("@pytest.fixture")[0]
    made = run_python(
        text
        + f"""
cpu = nexus.get_runtime("cpu").get_device(0)
if {shares}:
    shared = cpu.create_buffer(np.ones(64, np.float32), copy=False)
buffers = [cpu.create_buffer(np.ones(64, np.float32)) for _ in range(3)]
kernel = cpu.compile(ADD).get_kernel("add")
print(calls_of(lambda: kernel(*buffers, group_size=8, grid_size=64)))
"""
    )
    assert least <= int(made.stdout) <= most
