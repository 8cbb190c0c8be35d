"""The driver that stands in for NVIDIA's: what it computes, refuses, and fails at on request."""

from __future__ import annotations

import ctypes
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.paths import ROOT

import nexus
from standins.cuda import build, check, environment, package
from standins.cuda.client import Driver, DriverError, Handle, compile_cuda

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="libcuda.so.1 is Linux's")

KERNELS = ROOT / "standins" / "cuda" / "kernels.cu"
random = np.random.default_rng(7)


@pytest.fixture(scope="module")
def ptx() -> str:
    return compile_cuda(KERNELS.read_text())


@pytest.fixture(scope="module")
def loaded() -> Driver:
    # Its devices are fixed when it is first asked: other tests of this process expect none.
    nexus.get_runtimes()
    return Driver(str(build()))


@pytest.fixture
def driver(loaded: Driver) -> Iterator[Driver]:
    """Return the driver with a context, of which nothing may be left."""
    loaded.retain()
    yield loaded
    loaded.control.clear_faults()
    loaded.release()
    assert loaded.control.live() == {}


@pytest.fixture
def module(driver: Driver, ptx: str) -> Handle:
    return driver.load(ptx)


@pytest.fixture
def run(driver: Driver, module: Handle) -> Callable[..., Any]:
    """Return a function that launches a kernel on arrays, and returns the one after them."""

    def launch(
        name: str, grid: Any, block: Any, *arguments: Any, out: Any, shared: int = 0
    ) -> np.ndarray[Any, Any]:
        address = driver.upload(out)
        passed = [
            driver.upload(a) if isinstance(a, np.ndarray) and a.ndim else a for a in arguments
        ]
        passed = [address if a is Ellipsis else a for a in passed]
        driver.launch(driver.function(module, name), grid, block, passed, shared)
        return driver.download(address, out)

    return launch


def test_vector_add(run: Callable[..., Any]) -> None:
    a, b = random.random((2, 1000), np.float32)
    c = run("add", [8], [128], a, b, ..., np.int32(1000), out=np.zeros(1000, np.float32))
    np.testing.assert_array_equal(c, a + b)


def test_reduction_in_shared_memory(run: Callable[..., Any]) -> None:
    a = random.integers(0, 100, 5000).astype(np.float32)
    parts = run("sum", [3], [128], a, ..., np.int32(5000), out=np.zeros(3, np.float32))
    assert parts.sum() == a.sum()


def test_shared_memory_of_the_launch(run: Callable[..., Any]) -> None:
    a = random.integers(0, 100, 256, np.int32)
    out = run("reverse", [1], [256], a, ..., out=np.zeros(256, np.int32), shared=1024)
    np.testing.assert_array_equal(out, a[::-1])


def test_matrix_product(run: Callable[..., Any]) -> None:
    a, b = random.random((2, 50, 50), np.float32)
    c = run("product", [4, 4], [16, 16], a, b, ..., np.int32(50), out=np.zeros_like(a))
    np.testing.assert_allclose(c, a @ b, rtol=1e-5)


def test_functions_of_floats(run: Callable[..., Any]) -> None:
    x = np.array([0.001, 0.5, 1, 2.25, 7, 30, 60], np.float32)
    got = run("functions", [1], [7], x, ..., out=np.zeros((7, 6), np.float32))
    exact = x.astype(np.float64)
    want = [np.exp(exact), np.sqrt(exact), np.sin(exact), np.log(exact), exact**1.5, np.tanh(exact)]
    np.testing.assert_allclose(got, np.array(want).T, rtol=1e-6, atol=1e-7)


def test_sine_of_large_numbers(run: Callable[..., Any]) -> None:
    x = np.array([1e5, 3e6, 1e20], np.float32)
    got = run("functions", [1], [3], x, ..., out=np.zeros((3, 6), np.float32))
    np.testing.assert_allclose(got[:, 2], np.sin(x.astype(np.float64)), rtol=1e-5)


def test_functions_of_doubles(run: Callable[..., Any]) -> None:
    x = np.array([0.01, 0.7, 1, 3, 20, 1e6])
    got = run("double_functions", [1], [6], x, ..., out=np.zeros((6, 3)))
    finite = x < 100
    np.testing.assert_allclose(got[finite, 0], np.exp(x[finite]), rtol=1e-14)
    assert got[-1, 0] == np.inf
    np.testing.assert_allclose(got[:, 1:], np.array([np.tan(x), np.log(x)]).T, rtol=1e-12)


def test_integers(run: Callable[..., Any]) -> None:
    limits = np.array([1, -1, 2**31 - 1, -(2**31), 12345, -54321], np.int32)
    a = np.concatenate([limits, random.integers(-(2**31), 2**31, 58, np.int32)])
    b = np.roll(a, 3)
    got = run("integers", [1], [64], a, b, ..., out=np.zeros((64, 10), np.int64))
    x, y = a.astype(np.int64), b.astype(np.int64)
    quotient = (np.abs(x) // np.abs(y)) * np.sign(x) * np.sign(y)
    unsigned, divisor = x % 2**32, y % 2**32
    bits = [f"{u:032b}" for u in unsigned]
    want = np.array(
        [
            quotient.astype(np.int32),
            np.where(y == -1, 0, x - quotient * y),
            unsigned // divisor,
            (x * y) >> 32,
            (x * y) >> 7,
            [
                t.count("1") + 100 * (32 - len(t.lstrip("0"))) + 10000 * (t[::-1].find("1") + 1)
                for t in bits
            ],
            a.astype(np.int8).astype(np.int64) - b.astype(np.uint8),
            (a >> 3).astype(np.int16) ^ ~b,
            (np.maximum(x, y) % 2**32 - np.minimum(unsigned, divisor)) % 2**32,
            [
                (int(v) % 2**64) // 1000003 + int(f"{w:032b}"[::-1], 2)
                for v, w in zip(x, divisor, strict=True)
            ],
        ]
    ).T
    np.testing.assert_array_equal(got, want)


def test_atomics(driver: Driver, module: Handle) -> None:
    a = random.integers(0, 1000, 3000, np.int32)
    zeros = np.zeros(8, np.uint32), np.zeros(1, np.float32), np.zeros(1, np.int32)
    places = [driver.upload(zero) for zero in zeros]
    kernel = driver.function(module, "histogram")
    driver.launch(kernel, [12], [256], [driver.upload(a), *places, np.int32(3000)])
    bins, total, most = (driver.download(p, z) for p, z in zip(places, zeros, strict=True))
    np.testing.assert_array_equal(bins, np.bincount(a & 7))
    assert total == 1500
    assert most == a.max()


def test_local_arrays(run: Callable[..., Any]) -> None:
    out = run("locals", [1], [16], ..., np.int32(5), out=np.zeros(16, np.int32))
    np.testing.assert_array_equal(out[np.arange(16) * 5 % 16], np.arange(16))


def test_calls_and_structs(run: Callable[..., Any]) -> None:
    pair = np.frombuffer(np.array([1.5, 2.5, 3.5], np.float32).tobytes() + b"\x64\0\0\0", np.uint8)
    address_first = np.zeros(8, np.float32)
    # A struct goes by value: not an array in device memory.
    out = run("calls", [1], [8], _Value(pair), ..., out=address_first)
    factorials = [1, 1, 2, 6, 24, 120, 720, 5040]
    want = [2 * [1.5, 2.5, 3.5][i % 3] + 100 + i + factorials[i] for i in range(8)]
    np.testing.assert_array_equal(out, want)


class _Value:
    """An argument that NumPy sees as bytes, and the fixture passes as it is."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.array = array

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        return self.array


def test_calls_by_pointer(run: Callable[..., Any]) -> None:
    out = run("indirect", [1], [4], ..., out=np.array([1, 2, 3, 4], np.int32))
    np.testing.assert_array_equal(out, [2, 4, 4, 8])


def test_global_and_constant_variables(
    driver: Driver, module: Handle, run: Callable[..., Any]
) -> None:
    out = run("globals", [1], [6], ..., out=np.zeros(6, np.float32))
    np.testing.assert_array_equal(out, [1, 2, 4, 8, 1, 2])
    address, size = Handle(), ctypes.c_size_t()
    driver.cuModuleGetGlobal_v2(ctypes.byref(address), ctypes.byref(size), module, b"counter")
    assert size.value == 4
    assert driver.download(address, np.zeros(1, np.int32)) == 13


def test_branches_by_a_table(run: Callable[..., Any]) -> None:
    out = run("choose", [1], [6], ..., out=np.arange(6, dtype=np.int32))
    np.testing.assert_array_equal(out, [10, 21, 5, -4, 99, -1])


def test_conversions_round_as_told(run: Callable[..., Any]) -> None:
    x = np.array([0.5, 1.5, 2.5, 2.75, 100.25], np.float32)
    got = run("convert", [1], [5], x, ..., out=np.zeros((5, 6), np.float32))
    up = np.nextafter(x, np.float32(np.inf))
    third = x / np.float32(3)
    down = np.where(
        third.astype(np.float64) * 3 > x.astype(np.float64),
        np.nextafter(third, np.float32(0)),
        third,
    )
    want = [np.rint(x), np.trunc(x), np.floor(x), up, down, np.floor(x) + np.rint(x)]
    np.testing.assert_array_equal(got, np.array(want).T)


def test_narrow_floats(run: Callable[..., Any]) -> None:
    x = np.array([0.1, 1, 3.3333, 1e-7, 200, 70000, -1.2345], np.float32)
    got = run("halves", [1], [7], x, ..., out=np.zeros((7, 2), np.float32))
    with np.errstate(over="ignore"):
        half = x.astype(np.float16)
        np.testing.assert_array_equal(got[:, 0], (half * half).astype(np.float32))
    bits = x.view(np.uint32)
    rounded = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000
    np.testing.assert_array_equal(got[:, 1].view(np.uint32), rounded)


def test_places_in_grid_and_block(run: Callable[..., Any]) -> None:
    out = run("place", [2, 3, 2], [4, 2, 3], ..., out=np.zeros((12, 24), np.int32))
    np.testing.assert_array_equal(out, 1000 * np.arange(12)[:, None] + np.arange(24))


def test_barriers_that_count(run: Callable[..., Any]) -> None:
    for x, want in (([1, 0, 1, 1], 301), ([1, 1, 1, 1], 411), ([0, 0, 0, 0], 0)):
        out = run("votes", [1], [4], np.array(x, np.int32), ..., out=np.zeros(4, np.int32))
        np.testing.assert_array_equal(out, want)


def test_the_newer_header_declares_the_same_functions() -> None:
    """A signature that differs from cuda.h does not compile: here of 13, as built of 12."""
    check(13)


def test_device(driver: Driver) -> None:
    text = ctypes.create_string_buffer(64)
    driver.cuDeviceGetName(text, 64, 0)
    assert b"stand-in" in text.value
    assert driver.number("cuDeviceGetCount") == 1
    assert driver.number("cuDriverGetVersion") == 12090
    assert [driver.number("cuDeviceGetAttribute", which, 0) for which in (75, 76, 10)] == [9, 0, 32]
    with pytest.raises(DriverError, match="INVALID_DEVICE"):
        driver.number("cuDeviceGet", 1)


def test_the_host_cannot_use_device_memory(driver: Driver) -> None:
    address = driver.upload(np.zeros(4))
    host = np.zeros(4)
    with pytest.raises(DriverError, match="INVALID_VALUE"):
        driver.cuMemcpyHtoD_v2(Handle(host.ctypes.data), Handle(host.ctypes.data), 32)
    with pytest.raises(DriverError, match="INVALID_VALUE"):
        driver.cuMemcpyHtoD_v2(address, address, ctypes.c_size_t(32))
    with pytest.raises(DriverError, match="INVALID_VALUE"):
        driver.cuMemcpyHtoD_v2(address, Handle(host.ctypes.data), ctypes.c_size_t(33))
    maps = Path("/proc/self/maps").read_text()
    ranges = [line.split()[:2] for line in maps.splitlines()]
    (permissions,) = [
        p
        for span, p in ranges
        if int(span.split("-")[0], 16) <= (address.value or 0) < int(span.split("-")[1], 16)
    ]
    assert permissions == "---p"


@pytest.mark.parametrize(
    ("kernel", "error"),
    [("set_flag", "ILLEGAL_ADDRESS"), ("fails", "LAUNCH_FAILED"), ("stuck", "LAUNCH_TIMEOUT"),
     ("unaligned", "MISALIGNED_ADDRESS")],
)  # fmt: skip
def test_a_kernel_that_breaks_its_context(
    driver: Driver, module: Handle, kernel: str, error: str
) -> None:
    address = driver.upload(np.zeros(4, np.int32))
    end = Handle((address.value or 0) + 16)
    arguments = {"set_flag": [end, np.int32(1)], "fails": []}.get(kernel, [address])
    driver.launch(driver.function(module, kernel), [1], [2], arguments)
    with pytest.raises(DriverError, match=error):
        driver.cuCtxSynchronize()
    # Nothing works any more.
    with pytest.raises(DriverError, match=error):
        driver.make("cuMemAlloc_v2", ctypes.c_size_t(16))
    assert kernel in driver.control.last_words()


def test_launches_beyond_the_limits(driver: Driver, module: Handle) -> None:
    function = driver.function(module, "bounded")
    address = driver.upload(np.zeros(64, np.int32))
    for grid, block, shared in (
        ([0], [1], 0),
        ([1, 65536], [1], 0),
        ([1], [65], 0),
        ([1], [1, 1, 65], 0),
        ([1], [1], 49153),
    ):
        with pytest.raises(DriverError, match="INVALID_VALUE"):
            driver.launch(function, grid, block, [address], shared)
    driver.cuFuncSetAttribute(function, 8, 100000)
    driver.launch(function, [1], [64], [address], 100000)
    assert driver.number("cuFuncGetAttribute", 0, function) == 64


def test_sizes_of_arguments(driver: Driver, module: Handle) -> None:
    function = driver.function(module, "calls")
    offset, size = ctypes.c_size_t(), ctypes.c_size_t()
    found = []
    for index in range(2):
        driver.cuFuncGetParamInfo(
            function, ctypes.c_size_t(index), ctypes.byref(offset), ctypes.byref(size)
        )
        found.append((offset.value, size.value))
    assert found == [(0, 16), (16, 8)]
    with pytest.raises(DriverError, match="INVALID_VALUE"):
        driver.cuFuncGetParamInfo(function, ctypes.c_size_t(2), ctypes.byref(offset), None)


HEAD = ".version 8.0\n.target sm_90\n.address_size 64\n"


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("no PTX", "INVALID_IMAGE", ""),
        ("\x7fELF", "NO_BINARY_FOR_GPU", ""),
        (HEAD + ".visible .entry k() { ret }", "INVALID_PTX", "line 4"),
        (HEAD + ".visible .entry k() { mov.u32 %r1, 1; }", "INVALID_PTX", "%r1"),
        (
            HEAD
            + ".visible .entry k() { .reg .b32 %r<3>;\nshfl.sync.bfly.b32 %r1, %r2, 1, 31, -1;}",
            "INVALID_PTX",
            "line 5; error   : the stand-in does not interpret 'shfl.sync.bfly.b32'",
        ),
        (HEAD.replace("8.0", "9.9"), "UNSUPPORTED_PTX_VERSION", "9.9"),
        (HEAD.replace("90", "120"), "NO_BINARY_FOR_GPU", "sm_120"),
    ],
)
def test_what_is_not_loaded(driver: Driver, text: str, error: str, words: str) -> None:
    log = ctypes.create_string_buffer(1000)
    options = (ctypes.c_int * 2)(5, 6)
    values = (Handle * 2)(ctypes.addressof(log), len(log))
    handle = Handle()
    with pytest.raises(DriverError, match=error):
        driver.cuModuleLoadDataEx(ctypes.byref(handle), text.encode(), 2, options, values)
    assert words in log.value.decode()
    assert (values[1] or 0) == (len(log.value) + 1 if log.value else 0)


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


def test_events_want_a_context(driver: Driver) -> None:
    event, context = driver.make("cuEventCreate", 0), Handle()
    driver.cuCtxPopCurrent_v2(ctypes.byref(context))
    for call in (driver.cuEventQuery, driver.cuEventSynchronize, driver.cuEventDestroy_v2):
        with pytest.raises(DriverError, match="INVALID_CONTEXT"):
            call(event)
    driver.cuCtxPushCurrent_v2(context)
    driver.cuEventQuery(event)


def test_faults_on_request(driver: Driver, module: Handle) -> None:
    driver.control.fail_call("cuMemAlloc_v2", 2, nth=2)
    size = ctypes.c_size_t(64)
    driver.make("cuMemAlloc_v2", size)
    with pytest.raises(DriverError, match="OUT_OF_MEMORY"):
        driver.make("cuMemAlloc_v2", size)
    address = driver.make("cuMemAlloc_v2", size)
    before = driver.control.calls("cuLaunchKernel")
    driver.control.fail_kernel(719, nth=2)
    kernel = driver.function(module, "set_flag")
    for _ in range(2):
        driver.launch(kernel, [1], [1], [address, np.int32(1)])
    assert driver.control.calls("cuLaunchKernel") == before + 2
    with pytest.raises(DriverError, match="LAUNCH_FAILED"):
        driver.cuCtxSynchronize()


def test_a_lost_context(driver: Driver) -> None:
    driver.control.lose_context(0, 214)
    with pytest.raises(DriverError, match="ECC_UNCORRECTABLE"):
        driver.make("cuStreamCreate", 0)


def test_memory_is_limited(driver: Driver) -> None:
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    driver.cuMemGetInfo_v2(ctypes.byref(free), ctypes.byref(total))
    assert free.value == total.value == 2**30
    with pytest.raises(DriverError, match="OUT_OF_MEMORY"):
        driver.make("cuMemAlloc_v2", ctypes.c_size_t(free.value + 1))


def test_objects_are_counted(driver: Driver, module: Handle) -> None:
    assert driver.control.live() == {"contexts": 1, "modules": 1}
    stream = driver.make("cuStreamCreate", 1)
    address = driver.upload(np.zeros(3))
    assert driver.control.live() == {"contexts": 1, "modules": 1, "streams": 1, "allocations": 1}
    driver.cuMemFree_v2(address)
    driver.cuStreamDestroy_v2(stream)
    driver.cuModuleUnload(module)
    assert driver.control.live() == {"contexts": 1}
    with pytest.raises(DriverError, match="INVALID_VALUE"):
        driver.cuMemFree_v2(address)


CLIENT = """
import sys
sys.path.append({root!r})
from standins.cuda.client import Driver
driver = Driver("libcuda.so.1")
"""


def client(run_python: Callable[..., Any], text: str, **settings: Any) -> str:
    program = CLIENT.format(root=str(ROOT)) + textwrap.dedent(text)
    return str(run_python(program, **environment(**settings)).stdout)


def test_two_devices(run_python: Callable[..., Any]) -> None:
    text = """
        import ctypes
        import numpy as np
        driver.retain(0)
        first = driver.upload(np.arange(4))
        context = driver.make("cuCtxGetCurrent")
        other = driver.retain(1)
        second = driver.upload(np.zeros(4, int))
        driver.cuMemcpyPeer(second, other, first, context, ctypes.c_size_t(32))
        print(driver.number("cuDeviceGetCount"), driver.download(second, np.zeros(4, int)))
    """
    assert client(run_python, text, devices=2) == "2 [0 1 2 3]\n"


def test_an_old_driver(run_python: Callable[..., Any]) -> None:
    text = """
        print(driver.number("cuDriverGetVersion"), hasattr(driver.library, "cuFuncGetParamInfo"))
        driver.retain()
        try:
            driver.load(".version 8.0\\n.target sm_90\\n")
        except Exception as error:
            print(error.name)
    """
    settings: dict[str, Any] = {"driver": 11040, "without": ["cuFuncGetParamInfo"]}
    assert client(run_python, text, **settings) == "11040 False\nUNSUPPORTED_PTX_VERSION\n"


def test_options_of_the_environment(run_python: Callable[..., Any]) -> None:
    text = """
        import ctypes
        driver.retain()
        sizes = [ctypes.c_size_t(n) for n in (500, 500, 501)]
        for call in (
            lambda: driver.make("cuMemAlloc_v2", sizes[0]),
            lambda: driver.make("cuMemAlloc_v2", sizes[1]),
            lambda: driver.make("cuMemAlloc_v2", sizes[2]),
            lambda: driver.cuStreamWaitValue32_v2(None, None, 0, 0),
        ):
            try:
                call()
                print("done")
            except Exception as error:
                print(error.name)
    """
    settings = {"memory": 1000, "stream_memory_operations": 0, "fail": "cuMemAlloc_v2:1:999"}
    found = client(run_python, text, **settings).split()
    assert found == ["UNKNOWN", "done", "OUT_OF_MEMORY", "NOT_SUPPORTED"]
    assert client(run_python, "print(driver.library.cuInit(0))", devices=0) == "100\n"


BINDINGS = """
import ctypes, sys
import numpy as np
from cuda.bindings import driver, nvrtc

def check(result):
    error, *values = result
    assert int(error) == 0, error
    return values[0] if len(values) == 1 else values

check(driver.cuInit(0))
device = check(driver.cuDeviceGet(0))
context = check(driver.cuDevicePrimaryCtxRetain(device))
check(driver.cuCtxSetCurrent(context))
module = check(driver.cuModuleLoadData(open(sys.argv[1], "rb").read() + b"\\0"))
kernel = check(driver.cuModuleGetFunction(module, b"add"))
stream = check(driver.cuStreamCreate(0))
a = np.arange(1000, dtype=np.float32)
out = np.zeros_like(a)
inputs = [check(driver.cuMemAlloc(a.nbytes)) for _ in range(3)]
for address in inputs[:2]:
    check(driver.cuMemcpyHtoDAsync(address, a.ctypes.data, a.nbytes, stream))
values = (*inputs, 1000)
types = (None, None, None, ctypes.c_int)
check(driver.cuLaunchKernel(kernel, 8, 1, 1, 128, 1, 1, 0, stream, (values, types), 0))
check(driver.cuMemcpyDtoHAsync(out.ctypes.data, inputs[2], a.nbytes, stream))
check(driver.cuStreamSynchronize(stream))
assert (out == 2 * a).all()
for address in inputs:
    check(driver.cuMemFree(address))
check(driver.cuStreamDestroy(stream))
check(driver.cuModuleUnload(module))
check(driver.cuDevicePrimaryCtxRelease(device))
print("fine")
"""


@pytest.mark.skipif(sys.version_info < (3, 11), reason="cuda-bindings 13 needs Python 3.11")
def test_bindings_of_nvidia(run_python: Callable[..., Any], ptx: str, tmp_path: Path) -> None:
    """NVIDIA's own bindings find nothing strange."""
    (tmp_path / "kernels.ptx").write_text(ptx)
    folders = [package(name) for name in ("cuda-bindings==13.*", "cuda-pathfinder==1.*")]
    (tmp_path / "client.py").write_text(BINDINGS)
    text = f"""
import runpy, sys
sys.path[:0] = {[str(folder) for folder in folders]!r}
import cuda
cuda.__path__ = [f"{{folder}}/cuda" for folder in {[str(folder) for folder in folders]!r}]
sys.argv = ["client.py", {str(tmp_path / "kernels.ptx")!r}]
runpy.run_path({str(tmp_path / "client.py")!r})
"""
    assert run_python(text, **environment()).stdout == "fine\n"
