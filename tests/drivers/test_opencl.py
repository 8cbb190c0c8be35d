"""The OpenCL plugin on real drivers: tests/gpu and the conformance kit, in their own processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.compilation import compile_shared
from support.opencl_drivers import drivers_of, on
from support.paths import ROOT

import nexus
from standins.opencl import known_failures, register

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the plugin is for Linux")

ON_CPUS = ["intel", "pocl"]
RunPython = Callable[..., "subprocess.CompletedProcess[str]"]


def run(*arguments: str, drivers: tuple[str, ...], **extra: str) -> str:
    """Run a module of Python in a process whose OpenCL drivers are these."""
    made = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, **on(*drivers), **extra},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1200,
        check=False,
    )
    assert made.returncode == 0, made.stdout[-6000:]
    return made.stdout


def run_suite(driver: str, *options: str) -> None:
    tests = ("pytest", "-q", "-p", "no:cacheprovider", str(ROOT / "tests" / "gpu"), *options)
    assert " passed" in run(*tests, drivers=(driver,), NEXUS_GPU_TESTS=f"opencl:{driver}")


@pytest.mark.drivers
@pytest.mark.parametrize("driver", ON_CPUS)
def test_suite(driver: str) -> None:
    run_suite(driver)


@pytest.mark.drivers
@pytest.mark.parametrize("driver", ON_CPUS)
def test_conformance(driver: str, tmp_path: Path) -> None:
    found = drivers_of({**os.environ, **on(driver)})[0]
    plugin = next(Path(nexus.__file__).parent.glob("plugins/libopencl_plugin.*"))
    known = known_failures(found, "conformance")
    options = ["--known-failures", str(known)] if known else []
    command = ("nexus", "conformance", str(plugin), "--seed", "1", "--fuzz-examples", "20")
    out = run(*command, *options, drivers=(driver,))
    assert "Every rule holds" in out


BOTH = """
import numpy as np, nexus
runtime = nexus.get_runtime("opencl")
devices = list(runtime.get_devices())
text = "kernel void twice(global float *x) { x[get_global_id(0)] *= 2; }"
data = np.arange(64, dtype=np.float32)
buffers = [device.create_buffer(data) for device in devices]
kernels = [device.compile(text).get_kernel("twice") for device in devices]
for kernel, buffer in zip(kernels, buffers):
    kernel(buffer, group_size=8, grid_size=64)
with devices[1].copy_buffer(buffers[0]) as copy:
    kernels[1](copy, group_size=8, grid_size=64)
    assert (copy.numpy() == 4 * data).all()
assert all((buffer.numpy() == 2 * data).all() for buffer in buffers)
try:
    kernels[1](buffers[0], group_size=8, grid_size=64)
except nexus.NexusError as error:
    print("refused")
print(*(device.get_property_str("Description") for device in devices), sep="\\n")
print(runtime.get_property_str("Version"))
"""


def test_two_platforms_at_once(run_python: RunPython) -> None:
    found = run_python(BOTH, **on("intel", "pocl")).stdout
    assert found.startswith("refused")
    for title in ("Intel", "Portable Computing Language"):
        assert found.count(title) >= 2


MESSAGE = """
import nexus
runtime = nexus.get_runtime("opencl")
print(len(runtime.get_devices()))
print(runtime.properties().get("Message"))
"""


def test_no_driver(run_python: RunPython, tmp_path: Path) -> None:
    count, _, message = run_python(MESSAGE, OCL_ICD_VENDORS=str(tmp_path)).stdout.partition("\n")
    assert count == "0"
    assert "driver" in message


def test_no_loader(run_python: RunPython, tmp_path: Path) -> None:
    (tmp_path / "libOpenCL.so.1").write_text("not a library")
    count, _, message = run_python(MESSAGE, LD_LIBRARY_PATH=str(tmp_path)).stdout.partition("\n")
    assert count == "0"
    assert "libOpenCL.so.1" in message


def test_a_loader_that_is_too_old(run_python: RunPython, tmp_path: Path) -> None:
    (tmp_path / "old.c").write_text("int clGetPlatformIDs(void) { return -1; }")
    compile_shared(tmp_path / "old.c", tmp_path / "libOpenCL.so.1")
    count, _, message = run_python(MESSAGE, LD_LIBRARY_PATH=str(tmp_path)).stdout.partition("\n")
    assert count == "0"
    assert "has no cl" in message
    assert "apt install ocl-icd-libopencl1" in message


def test_files_of_drivers_are_replaced(tmp_path: Path) -> None:
    """Another process may be reading the old one; what is right already stays as it is."""
    file, old = tmp_path / "acme.icd", tmp_path / "old"
    register(tmp_path, {"acme": Path("/first")})
    old.hardlink_to(file)
    register(tmp_path, {"acme": Path("/first")})
    assert file.samefile(old)
    register(tmp_path, {"acme": Path("/second")})
    assert (file.read_text(), old.read_text()) == ("/second\n", "/first\n")
    assert sorted(tmp_path.iterdir()) == [file, old]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n",
        "not a path\n",
        "/nowhere/libanother.so\n",
        "/etc/passwd\n",
        "{text}\n",
        "{empty}\n",
    ],
)
def test_files_of_drivers(
    run_python: RunPython, build: Callable[..., Path], tmp_path: Path, content: str
) -> None:
    """Files that name no driver do not keep others from working."""
    (text := tmp_path / "libtext.so").write_text("not a library")
    empty = build("int nothing;", "libempty")
    settings = on("pocl")
    folder = tmp_path / "vendors"
    shutil.copytree(settings["OCL_ICD_VENDORS"], folder)
    (folder / "another.icd").write_text(content.format(text=text, empty=empty))
    settings["OCL_ICD_VENDORS"] = str(folder)
    assert run_python(MESSAGE, **settings).stdout.startswith("1\n")
    (folder / "pocl.icd").unlink()
    count, _, message = run_python(MESSAGE, **settings).stdout.partition("\n")
    assert count == "0"
    assert "no OpenCL driver" in message


SIGNALS = """
import ctypes, nexus, numpy as np
libc = ctypes.CDLL(None)
def handlers():
    found = []
    for number in range(1, 65):
        action = ctypes.create_string_buffer(152)
        if libc.sigaction(number, None, action) == 0:
            found.append((number, action.raw[:8], action.raw[136:140]))
    return found
nexus.get_runtime("cpu").get_devices()
before = handlers()
device = nexus.get_runtime("opencl").get_device(0)
text = "kernel void k(global int *x) { x[0] = 7; }"
with device.create_buffer((1,), dtype="int32") as x:
    device.compile(text).get_kernel("k")(x, group_size=1, grid_size=1)
    assert x.numpy()[0] == 7
try:
    device.compile("broken")
except nexus.LibraryError:
    pass
print([old[0] for old, new in zip(before, handlers()) if old != new])
"""


@pytest.mark.parametrize("driver", ON_CPUS)
def test_handlers_of_signals_stay(run_python: RunPython, driver: str) -> None:
    assert run_python(SIGNALS, **on(driver)).stdout == "[]\n"
