"""The Metal plugin through the Python API, on a Mac or on the stand-in for Metal.

Which of the two is said by the environment variable NEXUS_METAL_TESTS: ``mac`` or ``standin``. The
devices of a process are those that Metal had when it was first asked, so these tests have a process
of their own: tests/gpu/test_metal.py starts it for the stand-in.
"""

import ctypes
import gc
import os
import time
from pathlib import Path

import pytest

import nexus

pytest.register_assert_rewrite("event_tests")

WHERE = os.environ.get("NEXUS_METAL_TESTS")

SOURCE = Path(__file__).with_name("kernels.metal")


class Standin:
    """The switches of the stand-in, set back after the test."""

    def __init__(self):
        self._library = ctypes.CDLL("libmetal_standin.so")
        self._library.metal_standin_set.argtypes = [ctypes.c_char_p, ctypes.c_long]
        self._library.metal_standin_get.argtypes = [ctypes.c_char_p]
        self._library.metal_standin_get.restype = ctypes.c_long
        self._before = {}

    def set(self, name, value):
        """Set a switch."""
        self._before.setdefault(name, self.get(name))
        self._write(name, value)

    def get(self, name):
        """Return a switch, or a count."""
        return self._library.metal_standin_get(name.encode())

    def reset(self):
        """Set all back."""
        for name, value in self._before.items():
            self._write(name, value)

    def _write(self, name, value):
        assert self._library.metal_standin_set(name.encode(), value) == 0, name


@pytest.fixture(scope="session", autouse=True)
def plugin_folder():
    """Keep to the plugins that the environment names, instead of those of other tests."""


@pytest.fixture(scope="session")
def runtime():
    found = nexus.get_runtime("metal")
    if not found.get_devices():
        pytest.fail(f"no Metal device: {found.properties().get('Message')}")
    return found


@pytest.fixture
def device(runtime):
    return runtime.get_device(0)


@pytest.fixture(scope="session")
def library(runtime):
    return runtime.get_device(0).compile(SOURCE.read_text())


@pytest.fixture(scope="session")
def source():
    """Return the text of the kernels."""
    return SOURCE.read_text()


@pytest.fixture
def standin():
    """Return the stand-in's switches, for tests that inject faults."""
    if WHERE != "standin":
        pytest.skip("injects faults into the stand-in for Metal")
    switches = Standin()
    yield switches
    switches.reset()


def settle(device):
    """Wait until the schedules that were closed while they ran are done."""
    for _ in range(2000):
        if not device._runs.retire():
            return
        time.sleep(0.005)
    pytest.fail(f"work on {device!r} does not end")


@pytest.fixture
def finish():
    """Return a function that waits until the closed schedules of a device are done."""
    return settle


@pytest.fixture(autouse=True)
def _no_object_is_left(runtime, library):
    before = runtime.get_property_int_vec("LiveObjects")
    yield
    for device in runtime.get_devices():
        settle(device)
    # A caught exception and the frame that it went through hold each other.
    gc.collect()
    assert runtime.get_property_int_vec("LiveObjects") == before
