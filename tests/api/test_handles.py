"""Handles over a long life of a process, and from many threads at once."""

from __future__ import annotations

import gc
import random
import threading
from collections import Counter

import numpy as np
import pytest
from support.abi import NULL, Abi

from nexus._enums import execution_settings
from nexus._ffi import ffi, lib

LAYOUT = ffi.new("nxs_buffer_layout *", (0, 1, [1]))
INVALID_BUFFER = -81


@pytest.fixture
def abi(plugin_folder):
    abi = Abi("cpu")
    # Objects of earlier tests that are still to be collected would go in between.
    gc.collect()
    before = abi.live()
    yield abi
    assert abi.live() == before


def churn(abi, count):
    """Create and release so many buffers, and return the handles."""
    table, create, release = abi.plugin.table, lib.nxs_CreateBuffer, lib.nxs_ReleaseBuffer
    handles = []
    for _ in range(count):
        handle = create(table, 0, LAYOUT, NULL, 0)
        assert handle >= 0
        assert release(table, handle) == 0
        handles.append(handle)
    return handles


def test_a_stale_handle_stays_refused_for_four_million_creations(abi):
    stale = churn(abi, 100)
    release = abi.ReleaseBuffer
    for _ in range(40):
        assert stale[0] not in churn(abi, 100_000)
        assert {release(handle) for handle in stale} == {INVALID_BUFFER}


def test_a_million_live_buffers(abi):
    table, create = abi.plugin.table, lib.nxs_CreateBuffer
    handles = [create(table, 0, LAYOUT, NULL, 0) for _ in range(1_000_000)]
    assert min(handles) >= 0
    assert len(set(handles)) == len(handles)
    assert abi.live()[0] >= len(handles)
    random.Random(1).shuffle(handles)
    release = lib.nxs_ReleaseBuffer
    assert Counter(release(table, handle) for handle in handles) == {0: len(handles)}
    assert Counter(release(table, handle) for handle in handles[:1000]) == {INVALID_BUFFER: 1000}


def test_handles_run_out_in_order(abi):
    handles = []
    while (handle := abi.CreateEvent(0, 0, 0)) >= 0:
        handles.append(handle)
    assert abi.name_of(handle) == "OutOfResources"
    assert len(handles) > 2_000_000
    for handle in handles:
        assert abi.ReleaseEvent(handle) == 0
    abi.make("ReleaseEvent", abi.make("CreateEvent", 0, 0, 0))


def in_threads(count, body):
    """Run body(number) in so many threads at once, and raise what one of them raised."""
    failures, gate = [], threading.Barrier(count)

    def run(number):
        gate.wait()
        try:
            body(number)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_of_racing_releases_one_succeeds(abi):
    handles = [abi.buffer(8) for _ in range(5000)]
    results: list[list[int]] = [[], [], [], []]
    in_threads(4, lambda n: results[n].extend(abi.ReleaseBuffer(h) for h in handles))
    for answers in zip(*results, strict=True):
        assert sorted(answers) == [INVALID_BUFFER] * 3 + [0]


def test_four_threads_on_the_same_objects(abi):
    source = b"""
    #include <nexus-api/nxs_kernel.h>
    NXS_KERNEL(count, NXS_OUT(nxs_int, x)) {
      NXS_ITEMS { __atomic_fetch_add(&x[0], 1, __ATOMIC_RELAXED); }
    }
    """
    library = abi.make("CreateLibrary", 0, ffi.from_buffer(source), len(source), 0)
    kernel = abi.make("GetKernel", library, b"count")
    buffer = abi.buffer(4)
    shared = abi.make("CreateSchedule", 0, 0)
    command = abi.make("CreateCommand", shared, kernel, 0)
    abi.make("SetCommandArgument", command, 0, buffer, NULL, 0)
    abi.make("FinalizeCommand", command, [(8, 1, 1)], [(16, 1, 1)], 0)
    streams = [abi.make("CreateStream", 0, 0), -1]

    def use(number):
        for turn in range(200):
            mode = execution_settings.NonBlocking if turn % 3 == 0 else 0
            abi.make("RunSchedule", shared, streams[turn % 2], int(mode))
            own = abi.make("CreateSchedule", 0, 0)
            added = abi.make("CreateCommand", own, kernel, 0)
            abi.make("SetCommandArgument", added, 0, buffer, NULL, 0)
            abi.make("FinalizeCommand", added, [(1, 1, 1)], [(1, 1, 1)], 0)
            abi.make("RunSchedule", own, streams[number % 2], int(execution_settings.NonBlocking))
            abi.make("ReleaseSchedule", own)
            abi.contents(buffer, np.int32, 1)

    in_threads(4, use)
    end = abi.make("CreateSchedule", 0, 0)
    for stream in streams:
        abi.make("RunSchedule", end, stream, 0)
    assert abi.contents(buffer, np.int32, 1).tolist() == [4 * 200 * (8 * 16 + 1)]
    abi.make("ReleaseStream", streams[0])
    for schedule in (end, shared):
        abi.make("ReleaseSchedule", schedule)
    abi.make("ReleaseLibrary", library)
    abi.make("ReleaseBuffer", buffer)


def test_arguments_set_by_threads_are_whole(abi):
    source = b"""
    #include <nexus-api/nxs_kernel.h>
    NXS_KERNEL(keep, NXS_SCALAR(nxs_ulong, value), NXS_OUT(nxs_ulong, out)) {
      out[NXS_GROUP_ID(0)] = value;
    }
    """
    library = abi.make("CreateLibrary", 0, ffi.from_buffer(source), len(source), 0)
    kernel = abi.make("GetKernel", library, b"keep")
    out = abi.buffer(8)
    values = [n * 0x0101010101010101 for n in range(1, 5)]
    for _ in range(50):
        schedule = abi.make("CreateSchedule", 0, 0)
        command = abi.make("CreateCommand", schedule, kernel, 0)
        abi.make("SetCommandArgument", command, 1, out, NULL, 0)

        def write(number, command=command):
            value = ffi.new("nxs_ulong *", values[number])
            for _ in range(20):
                abi.make("SetCommandScalar", command, 0, value, NULL, 18)

        in_threads(4, write)
        abi.make("FinalizeCommand", command, [(1, 1, 1)], [(1, 1, 1)], 0)
        abi.make("RunSchedule", schedule, -1, 0)
        assert abi.contents(out, np.uint64, 1)[0] in values
        abi.make("ReleaseSchedule", schedule)
    abi.make("ReleaseLibrary", library)
    abi.make("ReleaseBuffer", out)
