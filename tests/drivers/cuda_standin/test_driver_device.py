"""The device: its properties, its memory, faults on request, live objects."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
import pytest

from standins.cuda import check
from standins.cuda.client import Driver, DriverError, Handle


@pytest.mark.thorough
def test_the_newer_header_declares_the_same_functions() -> None:
    """A signature that differs from cuda.h does not compile; the build uses CUDA 12, this 13."""
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
