"""The HIP plugin on the stand-in and on AMD's real runtime without a GPU, and its declarations."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.paths import ROOT

import nexus
from standins.hip import VERSIONS, environment
from standins.hip.compilation import CACHE
from standins.pip_packages import PackageError, fetched

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the plugin is for Linux")

HERE = Path(__file__).parent
DEBIAN = Path("/usr/include/hip/hip_runtime_api.h")
# Triton's wheels have AMD's headers: of HIP 6.2 and 7.1.
WHEELS = {6: "triton==3.3.1", 7: "triton==3.9.0"}
RunPython = Callable[..., "subprocess.CompletedProcess[str]"]


def headers(major: int) -> Path:
    """Return a folder of AMD's headers of a version; skip where they cannot be had."""
    if major in WHEELS:
        place = "triton/backends/amd/include"
        try:
            package = fetched(
                CACHE / "packages", WHEELS[major], only=lambda file: file.startswith(place)
            )
        except PackageError as error:
            pytest.skip(str(error))
        return package / place
    if not DEBIAN.exists():
        pytest.skip(f"{DEBIAN} is missing: apt install libamdhip64-dev")
    return DEBIAN.parents[1]


@pytest.mark.parametrize(
    "major", [5, *(pytest.param(major, marks=pytest.mark.thorough) for major in WHEELS)]
)
def test_declarations(major: int, tmp_path: Path) -> None:
    folder = headers(major)
    said = (folder / "hip" / "hip_version.h").read_text()
    if f"HIP_VERSION_MAJOR {major}" not in said:
        pytest.skip(f"{folder} does not have the headers of HIP {major}")
    # Of all that is in a system's folder, these headers only.
    (tmp_path / "hip").symlink_to(folder / "hip")
    ours = [ROOT / "plugins" / "hip", ROOT / "plugins" / "gpu", ROOT / "sdk", ROOT / "include"]
    command = [*shlex.split(os.environ.get("CXX", "c++")), "-std=c++20", "-fsyntax-only"]
    command += [*(f"-I{one}" for one in ours), f"-isystem{tmp_path}"]
    source = HERE / "hip_declarations.cpp"
    made = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr


def run(*arguments: str, major: int = 6, **options: int | str) -> str:
    """Run a module of Python in a process whose HIP runtime is the stand-in."""
    made = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment(major=major, **options), "NEXUS_GPU_TESTS": "hip:standin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    assert made.returncode == 0, made.stdout[-6000:]
    return made.stdout


def run_suite(*options: str, major: int = 6, **of_standin: int | str) -> None:
    tests = ("pytest", "-q", "-p", "no:cacheprovider", str(ROOT / "tests" / "gpu"), *options)
    assert " passed" in run(*tests, major=major, **of_standin)


@pytest.mark.thorough
def test_suite() -> None:
    run_suite(devices=2)


@pytest.mark.thorough
@pytest.mark.parametrize(("major", "target"), [(5, "gfx90a"), (7, "gfx1030")])
def test_suite_on_other_versions(major: int, target: str) -> None:
    """What differs between versions: kinds of memory, libraries."""
    run_suite("-k", "test_hip or test_buffers or test_libraries", major=major, target=target)


@pytest.mark.thorough
def test_conformance() -> None:
    plugin = next(Path(nexus.__file__).parent.glob("plugins/libhip_plugin.*"))
    known = ROOT / "standins" / "hip" / "known_failures.txt"
    options = ["--seed", "1", "--fuzz-examples", "100", "--known-failures", str(known)]
    out = run("nexus", "conformance", str(plugin), *options, devices=2)
    assert "Every rule holds" in out


DEVICES = """
import nexus
runtime = nexus.get_runtime("hip")
print(len(runtime.get_devices()))
print(runtime.properties().get("Version"))
print(runtime.properties().get("Message"))
"""


def found_with(run_python: RunPython, **settings: str) -> tuple[str, str, str]:
    """Return the number of devices, the version and the message that a process finds."""
    count, version, *message = run_python(DEVICES, **settings).stdout.splitlines()
    return count, version, " ".join(message)


@pytest.mark.parametrize(("major", "version"), [(5, "5.2"), (6, "6.3"), (7, "7.1")])
def test_versions(run_python: RunPython, major: int, version: str) -> None:
    assert found_with(run_python, **environment(major=major)) == ("1", version, "None")


def test_real_runtime_without_a_gpu(run_python: RunPython) -> None:
    """AMD's library says that there is no device, and the process goes on."""
    libraries = [
        *Path("/").glob("usr/lib/*-linux-gnu/libamdhip64.so.*"),
        *Path("/opt").glob("rocm*/lib/libamdhip64.so.*"),
    ]
    if not libraries:
        pytest.skip("AMD's runtime is not installed: apt install libamdhip64-5")
    if Path("/dev/kfd").exists():
        pytest.skip("this machine has a GPU of AMD's")
    count, _, message = found_with(run_python, LD_LIBRARY_PATH=str(libraries[0].parent))
    assert count == "0"
    assert "hipError" in message


def test_no_library(run_python: RunPython, tmp_path: Path) -> None:
    for name in (*(f"libamdhip64.so.{major}" for major in VERSIONS), "libamdhip64.so"):
        (tmp_path / name).write_text("not a library")
    count, _, message = found_with(run_python, LD_LIBRARY_PATH=str(tmp_path))
    assert count == "0"
    assert "HIP runtime is not installed" in message
    assert "libamdhip64.so" in message


@pytest.mark.parametrize(
    ("function", "says"),
    [
        ("hipInit", "cannot be initialized: hipErrorNoDevice (100)"),
        ("hipGetDeviceCount", "does not list its devices: hipErrorNoDevice (100)"),
    ],
)
def test_runtime_that_does_not_start(run_python: RunPython, function: str, says: str) -> None:
    count, _, message = found_with(run_python, **environment(fail=f"{function}:1:100"))
    assert count == "0"
    assert says in message


@pytest.mark.parametrize("function", ["hipGraphInstantiateWithFlags", "hipSetDevice"])
def test_runtime_that_is_too_old(run_python: RunPython, function: str) -> None:
    count, _, message = found_with(run_python, **environment(without=[function]))
    assert count == "0"
    assert "too old" in message
    assert function in message


def test_without_the_compiler(run_python: RunPython) -> None:
    program = """
import nexus
device = nexus.get_runtime("hip").get_device(0)
try:
    device.compile("int x;")
except nexus.NexusError as error:
    assert error.status == nexus.status.NXS_CompilerNotAvailable, error
    print(error)
"""
    found = run_python(program, NEXUS_HIPRTC="/nowhere/libhiprtc.so", **environment())
    assert "hiprtc" in found.stdout
    assert "apt install" in found.stdout
