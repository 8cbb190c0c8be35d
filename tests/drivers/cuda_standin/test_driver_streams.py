"""Streams, events, and words in memory that streams wait for and write."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from standins.cuda.client import Driver, DriverError, Handle


def test_streams_and_events(driver: Driver, module: Handle) -> None:
    first, second = (driver.make("cuStreamCreate", 1) for _ in range(2))
    event, end = (driver.make("cuEventCreate", 0) for _ in range(2))
    flag = driver.make("cuMemHostAlloc", ctypes.c_size_t(8), 0)
    flags = ctypes.cast(flag, ctypes.POINTER(ctypes.c_int))
    flags[0] = flags[1] = 0
    out = driver.upload(np.zeros(1, np.int32))
    # The first stream's kernel waits for the host, the second stream for the first.
    driver.launch(driver.function(module, "wait_for"), [1], [1], [flag, out], stream=first)
    driver.cuEventRecord(event, first)
    driver.cuStreamWaitEvent(second, event, 0)
    other = Handle((flag.value or 0) + 4)
    set_flag = driver.function(module, "set_flag")
    driver.launch(set_flag, [1], [1], [other, np.int32(5)], stream=second)
    driver.cuEventRecord(end, second)
    with pytest.raises(DriverError, match="NOT_READY"):
        driver.cuEventQuery(end)
    assert flags[1] == 0
    flags[0] = 1
    driver.cuEventSynchronize(end)
    assert flags[1] == 5
    assert driver.download(out, np.zeros(1, np.int32)) == 42
    elapsed = ctypes.c_float(-1)
    driver.cuEventElapsedTime(ctypes.byref(elapsed), event, end)
    assert elapsed.value >= 0
    for handle in (event, end):
        driver.cuEventDestroy_v2(handle)
    with pytest.raises(DriverError, match="INVALID_HANDLE"):
        driver.cuEventQuery(end)
    for handle in (first, second):
        driver.cuStreamDestroy_v2(handle)


def test_the_legacy_stream_waits_for_the_others(driver: Driver, module: Handle) -> None:
    stream = driver.make("cuStreamCreate", 0)
    out = driver.upload(np.zeros(1, np.int32))
    driver.control.delay_streams(20000)
    set_flag = driver.function(module, "set_flag")
    driver.launch(set_flag, [1], [1], [out, np.int32(1)], stream=stream)
    driver.launch(set_flag, [1], [1], [out, np.int32(2)])
    driver.launch(set_flag, [1], [1], [out, np.int32(3)], stream=stream)
    assert driver.download(out, np.zeros(1, np.int32)) == 3


def test_stream_memory_operations(driver: Driver) -> None:
    stream, event = driver.make("cuStreamCreate", 1), driver.make("cuEventCreate", 2)
    word = driver.make("cuMemHostAlloc", ctypes.c_size_t(16), 0)
    values = ctypes.cast(word, ctypes.POINTER(ctypes.c_uint64))
    values[0] = values[1] = 0
    other = Handle((word.value or 0) + 8)
    driver.cuStreamWaitValue64_v2(stream, word, ctypes.c_uint64(3), 0)
    driver.cuStreamWriteValue64_v2(stream, other, ctypes.c_uint64(9), 0)
    driver.cuEventRecord(event, stream)
    values[0] = 2
    with pytest.raises(DriverError, match="NOT_READY"):
        driver.cuEventQuery(event)
    values[0] = 4
    driver.cuStreamSynchronize(stream)
    assert values[1] == 9


def test_events_want_a_context(driver: Driver) -> None:
    event, context = driver.make("cuEventCreate", 0), Handle()
    driver.cuCtxPopCurrent_v2(ctypes.byref(context))
    for call in (driver.cuEventQuery, driver.cuEventSynchronize, driver.cuEventDestroy_v2):
        with pytest.raises(DriverError, match="INVALID_CONTEXT"):
            call(event)
    driver.cuCtxPushCurrent_v2(context)
    driver.cuEventQuery(event)
