"""Graphs that are captured from streams."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from standins.cuda.client import Driver, DriverError, Handle


def test_captured_graph(driver: Driver, module: Handle) -> None:
    main, side = (driver.make("cuStreamCreate", 1) for _ in range(2))
    fork, join = (driver.make("cuEventCreate", 2) for _ in range(2))
    a = np.ones(100, np.float32)
    pa, pb, pc = (driver.upload(x) for x in (a, 2 * a, 0 * a))
    add, count = driver.function(module, "add"), np.int32(100)
    driver.cuStreamBeginCapture_v2(main, 2)
    driver.launch(add, [1], [100], [pa, pb, pc, count], stream=main)
    driver.cuEventRecord(fork, main)
    driver.cuStreamWaitEvent(side, fork, 0)
    driver.launch(add, [1], [100], [pa, pa, pa, count], stream=side)
    driver.cuEventRecord(join, side)
    driver.cuStreamWaitEvent(main, join, 0)
    graph = Handle()
    driver.cuStreamEndCapture(main, ctypes.byref(graph))
    np.testing.assert_array_equal(driver.download(pc, a), 0)
    execute = driver.make("cuGraphInstantiateWithFlags", graph, ctypes.c_uint64(0))
    driver.cuGraphDestroy(graph)
    for expected in (3, 4, 6):
        driver.cuGraphLaunch(execute, main)
        driver.cuStreamSynchronize(main)
        np.testing.assert_array_equal(driver.download(pc, a), expected)
    assert driver.control.live()["graph_execs"] == 1
    driver.cuGraphExecDestroy(execute)


@pytest.mark.parametrize(
    ("forbidden", "error"),
    [("synchronize", "UNSUPPORTED"), ("allocate", "UNSUPPORTED"), ("legacy", "IMPLICIT"),
     ("query", "UNSUPPORTED"), ("query_stream", "UNSUPPORTED"), ("unjoined", "UNJOINED")],
)  # fmt: skip
def test_what_a_capture_does_not_allow(driver: Driver, forbidden: str, error: str) -> None:
    main, side = driver.make("cuStreamCreate", 0), driver.make("cuStreamCreate", 0)
    address, event = driver.upload(np.zeros(4)), driver.make("cuEventCreate", 2)
    other = driver.make("cuStreamCreate", 1)
    fill = (address, 0, ctypes.c_size_t(32))
    graph = Handle()
    driver.cuStreamBeginCapture_v2(main, 0)
    driver.cuMemsetD8Async(*fill, main)
    if forbidden == "unjoined":
        driver.cuEventRecord(event, main)
        driver.cuStreamWaitEvent(side, event, 0)
        driver.cuMemsetD8Async(*fill, side)
        with pytest.raises(DriverError, match=f"STREAM_CAPTURE_{error}"):
            driver.cuStreamEndCapture(main, ctypes.byref(graph))
        return
    with pytest.raises(DriverError, match=f"STREAM_CAPTURE_{error}"):
        {
            "synchronize": lambda: driver.cuStreamSynchronize(main),
            "query": lambda: driver.cuEventQuery(event),
            "query_stream": lambda: driver.cuStreamQuery(other),
            "allocate": lambda: driver.make("cuMemAlloc_v2", ctypes.c_size_t(8)),
            "legacy": lambda: driver.cuMemsetD8Async(*fill, None),
        }[forbidden]()
    with pytest.raises(DriverError, match="STREAM_CAPTURE_INVALIDATED"):
        driver.cuStreamEndCapture(main, ctypes.byref(graph))


def test_a_relaxed_thread_does_not_disturb_a_capture(driver: Driver) -> None:
    main, other = driver.make("cuStreamCreate", 1), driver.make("cuStreamCreate", 1)
    event, mode = driver.make("cuEventCreate", 2), ctypes.c_int(2)
    driver.cuStreamBeginCapture_v2(main, 0)
    driver.cuThreadExchangeStreamCaptureMode(ctypes.byref(mode))
    driver.cuEventQuery(event)
    driver.cuStreamSynchronize(other)
    driver.cuThreadExchangeStreamCaptureMode(ctypes.byref(mode))
    assert mode.value == 2
    graph = Handle()
    driver.cuStreamEndCapture(main, ctypes.byref(graph))
    driver.cuGraphDestroy(graph)
