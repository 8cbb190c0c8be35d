"""Drivers of OpenCL that answer nonsense: from a layer between loader and driver."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.opencl_drivers import on
from support.paths import ROOT

from standins.opencl import LAYER_SOURCES, build_layer
from standins.opencl.control import THROW

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the plugin is for Linux")

RunPython = Callable[..., "subprocess.CompletedProcess[str]"]
HERE = Path(__file__).parent


@pytest.mark.drivers
@pytest.mark.parametrize("driver", ["intel", "pocl"])
def test_each_call_can_fail(driver: str) -> None:
    """See tests/gpu/opencl/test_opencl_faults.py."""
    settings = {**on(driver), "OPENCL_LAYERS": str(build_layer())}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2"]
    made = subprocess.run(
        [*command, str(ROOT / "tests" / "gpu" / "opencl" / "test_opencl_faults.py")],
        cwd=ROOT,
        env={**os.environ, **settings, "NEXUS_GPU_TESTS": f"opencl:{driver}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
        check=False,
    )
    assert made.returncode == 0, made.stdout[-6000:]


def test_places_in_the_table_of_functions() -> None:
    if not Path("/usr/include/CL/cl_icd.h").exists():
        pytest.skip("no CL/cl_icd.h: apt install opencl-headers")
    command = [*shlex.split(os.environ.get("CXX", "c++")), "-std=c++20", "-fsyntax-only"]
    command += [f"-I{LAYER_SOURCES}", str(HERE / "opencl_dispatch.cpp")]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr


DISCOVERY = """
import sys, warnings
sys.path.insert(0, {root!r})
from standins.opencl import Layer
layer = Layer({layer!r})
layer.fail_call({function!r}, {status}, times=-1)
import nexus
warnings.simplefilter("ignore")
runtimes = nexus.get_runtimes()
assert layer.calls({function!r}), "the plugin does not call it"
for runtime in runtimes:
    if runtime.name == "opencl":
        print("opencl", len(runtime.get_devices()), runtime.properties().get("Message"))
        for device in runtime.get_devices():
            device.properties()
for plugin in runtimes.refused:
    print("refused", plugin)
"""


@pytest.mark.parametrize(
    "status", [-5, 0, 1000, 1001], ids=["fails", "nothing", "throws", "prints"]
)
@pytest.mark.parametrize(
    "function", ["clGetPlatformIDs", "clGetPlatformInfo", "clGetDeviceIDs", "clGetDeviceInfo"]
)
def test_discovery_of_a_broken_driver(run_python: RunPython, function: str, status: int) -> None:
    """The other runtimes work, and this one says why it has no devices, or has some."""
    layer = str(build_layer())
    program = DISCOVERY.format(root=str(ROOT), layer=layer, function=function, status=status)
    found = run_python(program, **on("pocl"), OPENCL_LAYERS=layer)
    lines = [line for line in found.stdout.splitlines() if "the driver prints" not in line]
    assert lines
    if status == -5 and function in ("clGetPlatformIDs", "clGetDeviceIDs"):
        assert "error -5" in found.stdout
    if status == THROW:
        assert "a driver's exception" in found.stdout


BINARY = """
import random, sys
import pyopencl as cl
import nexus
device = nexus.get_runtime("opencl").get_device(0)
text = "kernel void k(global int *x) {{ x[get_global_id(0)] += 1; }}"
context = cl.Context([cl.get_platforms()[0].get_devices()[0]])
whole = cl.Program(context, text).build().binaries[0]
device.load_library(whole).close()
picks = random.Random({seed})
refused = 0
for _ in range({times}):
    size = picks.randrange(len(whole))
    try:
        device.load_library(whole[:size]).close()
    except nexus.NexusError as error:
        refused += error.status.name == "NXS_InvalidBinary"
print(refused)
"""


@pytest.mark.drivers
@pytest.mark.parametrize("driver", ["intel", "pocl"])
def test_cut_binaries(run_python: RunPython, driver: str) -> None:
    pytest.importorskip("pyopencl")
    times = 60
    program = BINARY.format(seed=1, times=times)
    assert run_python(program, **on(driver)).stdout == f"{times}\n"


FORK = """
import os, numpy as np, nexus
device = nexus.get_runtime("opencl").get_device(0)
x = device.create_buffer(np.ones(4, np.float32))
child = os.fork()
if child == 0:
    try:
        device.create_buffer(16)
    except nexus.NexusError as error:
        os._exit(7 if "fork" in str(error) else 8)
    os._exit(9)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), x.numpy().tolist())
"""


def test_fork_after_use(run_python: RunPython) -> None:
    assert run_python(FORK, **on("pocl")).stdout == "7 [1.0, 1.0, 1.0, 1.0]\n"
