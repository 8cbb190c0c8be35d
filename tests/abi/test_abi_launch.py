"""Launches without a schedule."""

from __future__ import annotations

import gc
import threading

import numpy as np
import pytest
from support.abi import F32, F64, I32, INT_MAX, NULL, Abi

from nexus._enums import execution_settings, property
from nexus._ffi import ffi

NON_BLOCKING = int(execution_settings.NonBlocking)
UNSET = (NULL, -1, 0)


@pytest.fixture
def abi(plugin_folder):
    abi = Abi("cpu")
    # Collecting objects of earlier tests later would change the counts.
    gc.collect()
    before = abi.live()
    yield abi
    assert abi.live() == before


def scalar(c_type, value, data_type):
    return ffi.new(f"{c_type} *", value), -1, data_type


def buffer(handle):
    return NULL, handle, 0


def described(arguments, grid=(1, 1, 1), group=(16, 1, 1), shared=0):
    """Return an nxs_launch, and what it points to."""
    array = ffi.new("nxs_launch_argument[]", list(arguments))
    return ffi.new("nxs_launch *", (grid, group, shared, len(array), array)), array, arguments


@pytest.fixture
def ones(abi, objects):
    abi.make("FillBuffer", objects["Buffer"], ffi.new("float *", 1.0), 4)
    return objects["Buffer"]


def contents(abi, handle):
    values = np.zeros(16, np.float32)
    abi.make("CopyBuffer", handle, ffi.from_buffer(values), 0)
    return values.tolist()


def scaled(handle, factor=2.0, count=16):
    return [buffer(handle), scalar("float", factor, F32), scalar("int", count, I32)]


@pytest.mark.parametrize("settings", [0, 1, 2, 4, 7])
def test_a_launch_runs_once_and_returns_when_it_is_done(abi, objects, ones, settings):
    live = abi.live()
    launch, *kept = described(scaled(ones))
    for stream in (-1, -7, objects["Stream"]):
        abi.make("Launch", objects["Kernel"], stream, launch, settings)
    assert contents(abi, ones) == [8.0] * 16
    assert abi.live() == live
    del kept


def test_the_kernel_may_declare_the_type_of_a_scalar(abi, objects, ones):
    arguments = [buffer(ones), scalar("float", 3.0, 0), scalar("int", 4, 0)]
    launch, *kept = described(arguments)
    abi.make("Launch", objects["Kernel"], -1, launch, 0)
    assert contents(abi, ones) == [3.0] * 4 + [1.0] * 12
    del kept


def test_scalars_are_copied_and_copies_wait_for_launches(abi, objects, ones):
    arguments = scaled(ones)
    launch, *kept = described(arguments)
    abi.make("Launch", objects["Kernel"], -1, launch, NON_BLOCKING)
    arguments[1][0][0] = 100.0
    assert contents(abi, ones) == [2.0] * 16
    del kept


def test_a_buffer_that_is_released_stays_until_the_launch_is_done(abi, objects):
    launches = 50
    handles = [abi.buffer() for _ in range(launches)]
    for handle in handles:
        launch, *kept = described(scaled(handle))
        abi.make("Launch", objects["Kernel"], objects["Stream"], launch, NON_BLOCKING)
        abi.make("ReleaseBuffer", handle)
        del kept
    launch, *kept = described(scaled(objects["Buffer"]))
    abi.make("Launch", objects["Kernel"], objects["Stream"], launch, 0)
    del kept


def test_refusals_change_nothing(abi, objects, ones):
    kernel, good = objects["Kernel"], scaled(ones)
    float32, number = good[1], good[2]
    bad_arguments = [
        ([UNSET, float32, number], "InvalidKernelArgs"),
        (good[:2], "InvalidKernelArgs"),
        ([*good, number], "InvalidArgIndex"),
        ([number] * 65, "InvalidArgIndex"),
        ([buffer(INT_MAX), float32, number], "InvalidBuffer"),
        ([buffer(-2), float32, number], "InvalidBuffer"),
        ([buffer(objects["Event"]), float32, number], "InvalidBuffer"),
        ([float32, float32, number], "InvalidArgValue"),
        ([buffer(ones), buffer(ones), number], "InvalidArgValue"),
        ([(float32[0], ones, F32), float32, number], "InvalidArgValue"),
        ([buffer(ones), scalar("double", 2.0, F64), number], "InvalidArgSize"),
        ([buffer(ones), (float32[0], -1, 6), number], "InvalidArgValue"),
    ]
    for arguments, expected in bad_arguments:
        launch, *kept = described(arguments)
        assert abi.failure("Launch", kernel, -1, launch, 0) == expected, arguments
    for grid, group, shared, expected in (
        ((1, 1, 1), (0, 1, 1), 0, "InvalidWorkGroupSize"),
        ((1, 1, 1), (2**20, 1, 1), 0, "InvalidWorkGroupSize"),
        ((0, 1, 1), (1, 1, 1), 0, "InvalidGlobalWorkSize"),
        ((1, 1, 1), (1, 1, 1), 2**32 - 1, "OutOfResources"),
    ):
        launch, *kept = described(good, grid, group, shared)
        assert abi.failure("Launch", kernel, -1, launch, 0) == expected
    launch, *kept = described(good)
    assert abi.failure("Launch", kernel, -1, launch, 64) == "InvalidValue"
    assert abi.failure("Launch", kernel, -1, NULL, 0) == "InvalidValue"
    assert abi.failure("Launch", kernel, INT_MAX, launch, 0) == "InvalidStream"
    assert abi.failure("Launch", kernel, ones, launch, 0) == "InvalidStream"
    for handle in (-1, INT_MAX, ones, objects["Library"]):
        assert abi.failure("Launch", handle, -1, launch, 0) == "InvalidKernel"
    launch.arguments = NULL
    assert abi.failure("Launch", kernel, -1, launch, 0) == "InvalidValue"
    assert contents(abi, ones) == [1.0] * 16
    del kept


def test_a_refusal_says_the_same_as_for_a_command(abi, objects, ones):
    launch, *kept = described(scaled(ones)[:2])
    abi.failure("Launch", objects["Kernel"], -1, launch, 0)
    of_launch = abi.plugin.last_error()
    for index, value, kind in ((1, ffi.new("float *", 2.0), F32),):
        abi.make("SetCommandScalar", objects["Command"], index, value, NULL, kind)
    abi.make("SetCommandArgument", objects["Command"], 0, ones, NULL, 0)
    abi.make("FinalizeCommand", objects["Command"], [(1, 1, 1)], [(16, 1, 1)], 0)
    abi.failure("RunSchedule", objects["Schedule"], -1, 0)
    assert abi.plugin.last_error() == of_launch
    del kept


def test_threads_launch_the_same_kernel(abi, objects):
    handles = [abi.buffer() for _ in range(4)]
    failed = []

    def work(handle):
        launch, *kept = described(scaled(handle, 1.0))
        for _ in range(300):
            if abi.Launch(objects["Kernel"], -1, launch, 0):
                failed.append(abi.plugin.last_error())
        del kept

    for handle in handles:
        abi.make("FillBuffer", handle, ffi.new("float *", 5.0), 4)
    threads = [threading.Thread(target=work, args=(handle,)) for handle in handles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    for handle in handles:
        assert contents(abi, handle) == [5.0] * 16
        abi.make("ReleaseBuffer", handle)


HOLD = b"""#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(hold, NXS_OUT(nxs_int, x)) {
  NXS_ITEMS {
    volatile nxs_int *const flags = x;
    flags[1] = 1;
    while (flags[0]) continue;
    flags[2] = 7;
  }
}
"""


def copy_during_launch(abi, launch, held):
    """Return what a copy of a buffer finds that begins during a launch on another thread."""
    flags = ffi.cast("volatile int *", abi.GetBufferProperty_int(held, int(property.Value)))
    abi.make("FillBuffer", held, ffi.new("int *", 0), 4)
    flags[0] = 1
    launching = threading.Thread(target=launch, args=(held,))
    launching.start()
    while not flags[1]:
        pass
    begun, found = threading.Event(), np.zeros(16, np.int32)

    def copy():
        begun.set()
        abi.make("CopyBuffer", held, ffi.from_buffer(found), 0)

    copying = threading.Thread(target=copy)
    copying.start()
    begun.wait()
    # Time for a copy that does not wait.
    copying.join(0.05)
    flags[0] = 0
    copying.join()
    launching.join()
    return found[:3].tolist()


@pytest.fixture
def hold(abi):
    """Yield a function that launches a kernel on a buffer, which runs while flags[0] is set."""
    library = abi.make("CreateLibrary", 0, HOLD, len(HOLD), 0)
    kernel = abi.make("GetKernel", library, b"hold")

    def launch(handle):
        launch, *kept = described([buffer(handle)], group=(1, 1, 1))
        abi.make("Launch", kernel, -1, launch, 0)
        del kept

    yield launch
    abi.make("ReleaseLibrary", library)


def test_copies_wait_for_a_launch_on_another_thread(abi, hold):
    held, other = abi.buffer(), abi.buffer()
    # The first launch of the buffer, one like that before, one after another buffer's, and one
    # after that has been released.
    assert copy_during_launch(abi, hold, held) == [0, 1, 7]
    assert copy_during_launch(abi, hold, held) == [0, 1, 7]
    hold(other)
    assert copy_during_launch(abi, hold, held) == [0, 1, 7]
    hold(other)
    abi.make("ReleaseBuffer", other)
    assert copy_during_launch(abi, hold, held) == [0, 1, 7]
    abi.make("ReleaseBuffer", held)


def test_copies_do_not_wait_for_later_launches_of_other_buffers(abi, hold):
    held, other = abi.buffer(), abi.buffer()
    hold(other)
    flags = ffi.cast("volatile int *", abi.GetBufferProperty_int(held, int(property.Value)))
    flags[0] = 1
    launching = threading.Thread(target=hold, args=(held,))
    launching.start()
    while not flags[1]:
        pass
    copying = threading.Thread(target=contents, args=(abi, other))
    copying.start()
    copying.join(30)
    waits = copying.is_alive()
    flags[0] = 0
    copying.join()
    launching.join()
    assert not waits
    abi.make("ReleaseBuffer", held)
    abi.make("ReleaseBuffer", other)


def test_a_size_of_0_is_refused_in_every_launch(abi, objects, ones):
    good, *kept = described(scaled(ones))
    bad, *kept_too = described(scaled(ones), group=(0, 0, 0), grid=(0, 0, 0))
    for _ in range(2):
        assert abi.failure("Launch", objects["Kernel"], -1, bad, 0) == "InvalidWorkGroupSize"
        abi.make("Launch", objects["Kernel"], -1, good, 0)
    del kept, kept_too
