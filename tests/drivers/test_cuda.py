"""The CUDA plugin on the stand-in driver, and its declarations against NVIDIA's headers."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.paths import ROOT

import nexus
from standins.cuda import environment, include_folder, nvrtc_library

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the stand-in is Linux's")

HERE = Path(__file__).parent
# Functions that drivers older than CUDA 12.4 lack.
NEW = (
    *("cuFuncGetParamInfo", "cuFuncGetName"),
    *("cuModuleGetFunctionCount", "cuModuleEnumerateFunctions"),
)


@pytest.mark.parametrize("major", [12, 13])
def test_declarations(major: int) -> None:
    folders = [ROOT / "plugins" / "cuda", ROOT / "plugins" / "gpu", ROOT / "sdk", ROOT / "include"]
    folders += [include_folder(major), nvrtc_library().parents[1] / "include"]
    command = [*shlex.split(os.environ.get("CXX", "c++")), "-std=c++20", "-fsyntax-only"]
    command += [f"-I{folder}" for folder in folders]
    source = HERE / "cuda_declarations.cpp"
    made = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr


def run(*arguments: str, without: tuple[str, ...] = (), **options: int) -> str:
    """Run a module of Python in a process whose driver is the stand-in."""
    extra = {"NEXUS_GPU_TESTS": "cuda:standin", "NEXUS_NVRTC": str(nvrtc_library())}
    made = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment(without, **options), **extra},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    assert made.returncode == 0, made.stdout
    return made.stdout


@pytest.mark.long
@pytest.mark.parametrize(
    ("without", "options"),
    [
        pytest.param((), {"devices": 2}, id="two_devices"),
        pytest.param(NEW, {}, id="one_device_and_an_older_driver", marks=pytest.mark.thorough),
    ],
)
def test_on_the_standin(without: tuple[str, ...], options: dict[str, int]) -> None:
    out = run(
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        str(ROOT / "tests" / "gpu"),
        without=without,
        **options,
    )
    assert " passed" in out


@pytest.mark.long
@pytest.mark.thorough
def test_conformance() -> None:
    plugin = next(Path(nexus.__file__).parent.glob("plugins/libcuda_plugin.*"))
    out = run(
        "nexus", "conformance", str(plugin), "--seed", "1", "--fuzz-examples", "100", devices=2
    )
    assert "NVIDIA" in out


def test_benchmarks() -> None:
    """They run; their figures are those of the stand-in."""
    out = run("benchmarks.cuda", "--quick")
    for title in ("launch, against C++", "graph of 100 kernels", "host to device, 16 MiB, pinned"):
        assert f"Nexus: {title}" in out
    for title in ("device to host, 16 MiB, pinned", "add, 64 x 64", "multiply, 64 x 64"):
        assert f"Nexus: {title}" in out


def test_utilisation(run_python: Callable[..., Any], tmp_path: Path) -> None:
    """NVIDIA's management library reports the utilisation of devices that it knows."""
    library, source = tmp_path / "libnvidia-ml.so.1", ROOT / "standins" / "cuda" / "nvml.c"
    compiler = shlex.split(os.environ.get("CC", "cc"))
    subprocess.run([*compiler, "-shared", "-fPIC", str(source), "-o", str(library)], check=True)
    program = """
import nexus
names = ("CoreUtilization", "MemoryUtilization", "MaxPower")
for device in nexus.get_runtime("cuda").get_devices():
    properties = device.properties()
    print(*(properties.get(name) for name in names))
"""
    settings = environment(devices=2)
    settings["LD_LIBRARY_PATH"] += os.pathsep + str(tmp_path)
    found = run_python(program, **settings)
    assert found.stdout.splitlines() == ["37 25 700.5", "None None None"]


def test_no_driver(run_python: Callable[..., Any], tmp_path: Path) -> None:
    """A machine without NVIDIA's driver has the runtime, no devices, and the reason."""
    (tmp_path / "libcuda.so.1").write_text("not a library")
    program = """
import nexus
runtime = nexus.get_runtime("cuda")
assert len(runtime.get_devices()) == 0
print(runtime.get_property_str("Message"))
"""
    found = run_python(program, LD_LIBRARY_PATH=str(tmp_path))
    assert "NVIDIA's driver is not installed" in found.stdout
    assert "libcuda.so.1" in found.stdout


@pytest.mark.parametrize(
    ("function", "says"),
    [
        ("cuInit", "cannot be initialized: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803)"),
        ("cuDeviceGetCount", "does not list its devices: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803)"),
    ],
)
def test_driver_that_does_not_start(
    run_python: Callable[..., Any], function: str, says: str
) -> None:
    program = """
import nexus
runtime = nexus.get_runtime("cuda")
assert len(runtime.get_devices()) == 0
print(runtime.get_property_str("Message"))
"""
    found = run_python(program, **environment(fail=f"{function}:1:803"))
    assert says in found.stdout


def test_driver_that_is_too_old(run_python: Callable[..., Any]) -> None:
    program = """
import nexus
print(nexus.get_runtime("cuda").get_property_str("Message"))
"""
    found = run_python(program, **environment(without=["cuGraphInstantiateWithFlags"]))
    assert "too old" in found.stdout
    assert "cuGraphInstantiateWithFlags" in found.stdout


@pytest.mark.parametrize("home", [None, "/nowhere"])
def test_compiler_and_headers_beside_the_packages_in_use(
    run_python: Callable[..., Any], tmp_path: Path, home: str | None
) -> None:
    """They are found where pip installs them, whatever else of CUDA is installed."""
    site = tmp_path / "site-packages"
    for name, folder in (("cuda_nvrtc", "lib"), ("cuda_runtime", "include")):
        (site / "nvidia" / name).mkdir(parents=True)
        there = nvrtc_library().parent if folder == "lib" else include_folder(12)
        (site / "nvidia" / name / folder).symlink_to(there)
    in_use = shutil.copy(next(Path(nexus.__file__).parent.glob("plugins/libcpu_plugin.*")), site)
    program = f"""
import ctypes, nexus
ctypes.CDLL({str(in_use)!r})
device = nexus.get_runtime("cuda").get_device(0)
source = '#include <vector_types.h>\\nextern "C" __global__ void k(int4 *x) {{ x->w = 1; }}'
print(device.compile(source).get_property_str_vec("SubUnits"))
"""
    settings = environment()
    settings["LD_LIBRARY_PATH"] = settings["LD_LIBRARY_PATH"].split(os.pathsep)[0]
    settings |= {} if home is None else {"CUDA_HOME": home}
    assert run_python(program, **settings).stdout == "['k']\n"


@pytest.mark.parametrize(
    ("version", "package"),
    [(12090, "nvidia-cuda-nvrtc-cu12"), (13000, "'nvidia-cuda-nvrtc==13.*'")],
)
def test_without_the_compiler(run_python: Callable[..., Any], version: int, package: str) -> None:
    program = """
import nexus
device = nexus.get_runtime("cuda").get_device(0)
try:
    device.compile("int x;")
except nexus.NexusError as error:
    assert error.status == nexus.status.NXS_CompilerNotAvailable, error
    print(error)
"""
    found = run_python(program, NEXUS_NVRTC="/nowhere/libnvrtc.so", **environment(driver=version))
    assert f"pip install {package}" in found.stdout
