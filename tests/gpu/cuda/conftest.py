"""The CUDA plugin through the Python API, on a GPU or on the stand-in driver.

Which of the two is said by the environment variable NEXUS_CUDA_TESTS: ``gpu`` or ``standin``. The
devices of a process are those that its driver had when it was first asked, so these tests have a
process of their own: tests/gpu/test_cuda.py starts it for the stand-in.
"""

import ctypes
import functools
import gc
import os
import time
from pathlib import Path

import pytest
from support import counting as work

import nexus

WHERE = os.environ.get("NEXUS_CUDA_TESTS")

SOURCE = Path(__file__).with_name("kernels.cu")


def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("gpu") and WHERE != "gpu":
            item.add_marker(pytest.mark.skip(reason="needs a GPU: NEXUS_CUDA_TESTS=gpu"))
        if item.get_closest_marker("standin") and WHERE != "standin":
            item.add_marker(
                pytest.mark.skip(
                    reason="for the stand-in driver, of which it asks what a GPU does not do"
                )
            )


@pytest.fixture(scope="session")
def runtime():
    found = nexus.get_runtime("cuda")
    if not found.get_devices():
        pytest.fail(f"no CUDA device: {found.properties().get('Message')}")
    return found


@pytest.fixture
def device(runtime):
    return runtime.get_device(0)


@pytest.fixture(scope="session")
def library(runtime):
    with runtime.get_device(0).compile(SOURCE.read_text()) as compiled:
        yield compiled


@pytest.fixture
def counting(device, library):
    """Return `counting.counting` for the device."""
    return functools.partial(work.counting, device, library)


@pytest.fixture(scope="session", autouse=True)
def _driver_keeps_nothing(runtime):
    """In the end the driver has only what the plugin keeps for each device as long as it lives."""
    yield
    if WHERE != "standin":
        return
    from standins.cuda import Standin

    gc.collect()
    devices = runtime.get_devices()
    for device in devices:
        device.create_stream().close()
    left = Standin().live()
    assert left.keys() <= {"contexts", "streams", "events"}
    # For copies, for runs that name none, and the one just closed.
    assert left["streams"] <= 3 * len(devices)


@pytest.fixture(scope="session")
def source():
    """Return the text of the kernels."""
    return SOURCE.read_text()


@pytest.fixture(scope="session")
def driver():
    """Return the driver itself."""
    return ctypes.CDLL("libcuda.so.1")


def settle(device):
    """Wait until the schedules that were closed while they ran are done."""
    for _ in range(2000):
        if not device._runs.retire():
            return
        time.sleep(0.005)
    pytest.fail(f"work on {device!r} does not end")


@pytest.fixture(autouse=True)
def _no_object_is_left(runtime, library):
    before = runtime.get_property_int_vec("LiveObjects")
    yield
    for device in runtime.get_devices():
        settle(device)
    # A caught exception and the frame that it went through hold each other.
    gc.collect()
    assert runtime.get_property_int_vec("LiveObjects") == before
