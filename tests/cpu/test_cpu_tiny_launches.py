"""Launches that take so little time that they stay on the calling thread."""

from __future__ import annotations

import numpy as np
import pytest

GROUPS = 8
# Each group notes the thread that runs it. The loop takes some milliseconds, or nothing.
SOURCE = """
#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(work, NXS_OUT(nxs_ulong, threads), NXS_SCALAR(nxs_int, rounds)) {
  NXS_ITEMS {
    volatile nxs_int left = rounds;
    while (left) left = left - 1;
    threads[NXS_GLOBAL_ID(0)] = (nxs_ulong)__builtin_thread_pointer();
  }
}
"""


def test_a_tiny_kernel_that_turns_heavy_is_shared_soon(cpu):
    if cpu.get_property_int("Count") == 1:
        pytest.skip("one processor runs one thread")
    work = cpu.compile(SOURCE).get_kernel("work")
    threads = cpu.create_buffer(np.zeros(GROUPS, np.uint64))
    sizes = {"group_size": 1, "grid_size": GROUPS}
    for _ in range(18):
        work(threads, 0, **sizes)
    assert len(set(threads.numpy().tolist())) == 1
    most = 0
    for _ in range(12):
        work(threads, 1_000_000, **sizes)
        most = max(most, len(set(threads.numpy().tolist())))
    assert most > 1
