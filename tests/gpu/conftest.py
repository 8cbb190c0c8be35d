"""One suite for all GPUs, through the Python API.

``NEXUS_GPU_TESTS`` selects the runtime and its driver, a real one or a stand-in: ``cuda:gpu``,
``cuda:standin``, ``hip:gpu``, ``hip:standin``, ``metal:gpu`` (a Mac), ``metal:standin``,
``opencl:gpu``, ``opencl:intel``, ``opencl:pocl``, ``opencl:oclgrind``. The devices of a process are
those that the driver had at its first use, so the suite has a process of its own: tests/drivers
starts it where there is no GPU. The folders are for what only the runtimes in their names have.
"""

import ctypes
import gc
import subprocess
import sys
import time

import pytest
from support.gpu import KERNELS, selected
from support.opencl_drivers import driver_of_opencl, mark, reasons
from support.paths import EXAMPLES

import nexus

RUNTIME, WHERE = selected()
collect_ignore_glob = [f"{name}/*" for name in KERNELS if name != RUNTIME]
if RUNTIME not in ("cuda", "hip"):
    collect_ignore_glob.append("cuda_and_hip/*")
if not RUNTIME:
    collect_ignore_glob.append("test_*")


def pytest_collection_modifyitems(items):
    if RUNTIME == "opencl" and WHERE != "gpu":
        mark(items, reasons(driver_of_opencl(WHERE)))
    for item in items:
        if item.get_closest_marker("gpu") and WHERE != "gpu":
            item.add_marker(pytest.mark.skip(reason=f"needs a GPU: NEXUS_GPU_TESTS={RUNTIME}:gpu"))
        if item.get_closest_marker("standin") and WHERE == "gpu":
            item.add_marker(pytest.mark.skip(reason="needs a stand-in, which fails on request"))


if RUNTIME == "metal":

    @pytest.fixture(scope="session", autouse=True)
    def plugin_folder():
        """Use the plugins that the environment names, not those that other tests compile."""


@pytest.fixture(scope="session")
def kernels():
    """Return the sources for the runtime."""
    return KERNELS[RUNTIME]


@pytest.fixture(scope="session")
def runtime():
    found = nexus.get_runtime(RUNTIME)
    if not found.get_devices():
        pytest.fail(f"{RUNTIME} has no device: {found.properties().get('Message')}")
    return found


@pytest.fixture
def device(runtime):
    return runtime.get_device(0)


@pytest.fixture(scope="session")
def source(kernels):
    """Return the text of the kernels."""
    return kernels.path.read_text()


@pytest.fixture(scope="session")
def library(runtime, source):
    with runtime.get_device(0).compile(source) as compiled:
        yield compiled


@pytest.fixture(
    params=[0, nexus.buffer_settings.OnHost, nexus.buffer_settings.OnDevice],
    ids=["default", "on_host", "on_device"],
)
def settings(request):
    """Return settings of a buffer."""
    return request.param


@pytest.fixture
def counting(device, library):
    """Return a function that creates a schedule whose commands each add 1 to a counter."""

    def schedule_of(counter, times=1, settings=0):
        schedule = device.create_schedule(settings)
        for _ in range(times):
            command = schedule.create_command(library.get_kernel("increment"))
            command.set_buffer(0, counter)
            command.finalize(1, 1)
        return schedule

    return schedule_of


@pytest.fixture(scope="session")
def driver():
    """Return NVIDIA's driver itself."""
    return ctypes.CDLL("libcuda.so.1")


def controls():
    """Return the controls of the stand-in for the driver of CUDA or HIP."""
    import standins.cuda
    import standins.hip

    return standins.cuda.Standin() if RUNTIME == "cuda" else standins.hip.Standin()


@pytest.fixture
def wrap(device):
    """Return a function that creates a buffer of device memory, as a program in C would."""
    from nexus import allocation
    from nexus._ffi import ffi
    from nexus.arrays.layout import Layout

    def wrapped(address, size):
        layout = Layout((size,), nexus.data_type.Undefined)
        pointer = ffi.cast("void *", address)
        settings = int(nexus.buffer_settings.OnDevice)
        return allocation.allocate(device, layout, pointer, settings, shared=object())

    return wrapped


@pytest.fixture
def standin():
    """Return the controls of the stand-in, which inject faults; reset them afterwards."""
    if WHERE != "standin":
        pytest.skip("injects faults into the stand-in")
    if RUNTIME in ("cuda", "hip"):
        control = controls()
        yield control
        control.clear_faults()
    else:
        from standins.metal.control import Switches

        switches = Switches()
        yield switches
        switches.reset()


@pytest.fixture(scope="session", autouse=True)
def _driver_keeps_nothing(runtime):
    """At the end the driver has only the objects that the plugin keeps for each device."""
    yield
    if WHERE != "standin" or RUNTIME not in ("cuda", "hip"):
        return
    gc.collect()
    devices = runtime.get_devices()
    for device in devices:
        device.create_stream().close()
    left = controls().live()
    assert left.keys() <= {"contexts", "streams", "events"}
    # The stream for copies, the default stream, and the one just closed.
    assert left["streams"] <= 3 * len(devices)


def settle(device):
    """Wait for the runs of closed schedules."""
    for _ in range(2000):
        if not device._runs.retire():
            return
        time.sleep(0.005)
    pytest.fail(f"work on {device!r} does not end")


@pytest.fixture
def finish():
    """Return a function that waits for the runs of a device's closed schedules."""
    return settle


@pytest.fixture(autouse=True)
def _no_object_is_left(runtime, library):
    before = runtime.get_property_int_vec("LiveObjects")
    yield
    for device in runtime.get_devices():
        settle(device)
    # A caught exception and a frame of its traceback refer to each other.
    gc.collect()
    assert runtime.get_property_int_vec("LiveObjects") == before


@pytest.fixture
def run_example(tmp_path):
    """Return a function that runs an example in a process of its own."""

    def run(name):
        found = subprocess.run(
            [sys.executable, str(EXAMPLES / f"{name}.py")],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert found.returncode == 0, found.stderr
        assert found.stdout

    return run
