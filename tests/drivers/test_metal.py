"""The Metal plugin on the stand-in: tests/gpu and the conformance kit, in their own processes."""

from __future__ import annotations

import importlib.util
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.paths import ROOT

from standins.metal import build

HERE = Path(__file__).parent

pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux" or platform.machine() != "x86_64",
        reason="the stand-in for Metal is for Linux on x86-64",
    ),
    pytest.mark.skipif(
        not importlib.util.find_spec("ziglang"), reason="pip's ziglang is not installed"
    ),
]


def run(
    *arguments: str | Path, built: Callable[[], Path] = build.plugin, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a Python module in a process that loads a plugin on the stand-in."""
    # Options of the surrounding pytest do not apply to this one.
    inherited = {k: v for k, v in os.environ.items() if k != "PYTEST_ADDOPTS"}
    found = subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        env={**inherited, **build.environment(built), **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    print(found.stdout)
    assert found.returncode == 0, found.stdout[-6000:] + found.stderr[-2000:]
    return found


def run_tests(built: Callable[[], Path] = build.plugin, **environment: str) -> None:
    # Lets through what C code writes, so that the last message before a crash is seen.
    tests = ("pytest", "-q", "--capture=sys", ROOT / "tests" / "gpu")
    run(*tests, built=built, NEXUS_GPU_TESTS="metal:standin", **environment)


@pytest.mark.long
def test_two_devices_with_unified_memory() -> None:
    run_tests(NEXUS_METAL_STANDIN="devices=2")


@pytest.mark.long
@pytest.mark.thorough
def test_a_device_with_memory_of_its_own() -> None:
    run_tests(NEXUS_METAL_STANDIN="devices=2,unified=0")


def machine_code_for_macs() -> Path:
    pytest.importorskip("lief", reason="the dylib is made loadable by way of lief")
    return build.relinked_plugin()


@pytest.mark.macs
def test_the_machine_code_for_macs() -> None:
    run_tests(machine_code_for_macs, NEXUS_METAL_STANDIN="devices=2")


@pytest.mark.long
@pytest.mark.parametrize(
    "built",
    [
        pytest.param(build.plugin, id="for_linux", marks=pytest.mark.thorough),
        pytest.param(machine_code_for_macs, id="for_macs", marks=pytest.mark.macs),
    ],
)
def test_conformance(built: Callable[[], Path]) -> None:
    options = ["--seed", "1", "--fuzz-examples", "100"]
    # With keep=0, since released objects that the stand-in keeps would look like leaks.
    where = {"NEXUS_METAL_STANDIN": "devices=2,keep=0"}
    found = run("nexus", "conformance", built(), *options, built=built, **where)
    assert "Every rule holds" in found.stdout
