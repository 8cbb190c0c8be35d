"""Modules and launches: what is loaded, what is refused, what breaks a context."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from standins.cuda.client import Driver, DriverError, Handle


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
