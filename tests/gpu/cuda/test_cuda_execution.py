"""Shared memory of a kernel of CUDA, and the driver's own streams and contexts."""

import ctypes

import numpy as np


def test_shared_memory_beside_declared_one(device, library):
    """Memory that the kernel declares counts: the sum exceeds a launch's default limit."""
    with (
        device.create_buffer(np.array([3, 4, 8191], np.int32)) as x,
        device.create_buffer((1,), dtype="int32") as out,
        library.get_kernel("spread") as spread,
    ):
        spread(x, out, group_size=32, grid_size=32, shared_memory_size=4 * 8192)
        assert out.numpy().tolist() == [7]


def test_handles_of_a_kernel_do_not_take_shared_memory_from_each_other(device, source):
    data = np.ones(32, np.float32)
    with (
        device.compile(source) as library,
        device.create_buffer(data) as x,
        device.create_buffer((1,), dtype="float32") as sums,
        library.get_kernel("total") as first,
        library.get_kernel("total") as second,
    ):
        for total, size in ((first, 90_000), (second, 60_000), (first, 90_000)):
            total(x, sums, group_size=32, grid_size=32, shared_memory_size=size)
            assert sums.numpy().tolist() == [32]


def test_stream_is_the_drivers(device, driver):
    context = ctypes.c_void_p()
    assert driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), device.index) == 0
    assert driver.cuCtxPushCurrent_v2(context) == 0
    with device.create_stream() as stream:
        assert driver.cuStreamQuery(ctypes.c_void_p(stream.get_property_int("Value"))) == 0
    assert driver.cuCtxPopCurrent_v2(ctypes.byref(context)) == 0
    assert driver.cuDevicePrimaryCtxRelease_v2(device.index) == 0


def test_the_current_context_is_left_alone(device, counting, driver):
    def current():
        context = ctypes.c_void_p()
        assert driver.cuCtxGetCurrent(ctypes.byref(context)) == 0
        return context.value

    before = current()
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        counting(counter, 2) as schedule,
    ):
        schedule.run()
        assert counter.numpy().tolist() == [2]
    assert current() == before
