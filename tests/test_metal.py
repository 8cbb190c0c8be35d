"""Runs tests/metal on the stand-in, in a process that has the plugin built for it."""

from __future__ import annotations

import importlib.util
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from metal_standin import build

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


def run_tests(*arguments: str, **environment: str) -> None:
    # Only what is asked for: the options of the run that this one is part of are its own.
    inherited = {k: v for k, v in os.environ.items() if k != "PYTEST_ADDOPTS"}
    found = subprocess.run(
        [sys.executable, "-m", "pytest", str(HERE / "metal"), "-q", *arguments],
        env={**inherited, **build.environment(), "NEXUS_METAL_TESTS": "standin", **environment},
        cwd=HERE.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    print(found.stdout)
    assert found.returncode == 0, found.stdout[-6000:] + found.stderr[-2000:]


def test_two_devices_with_unified_memory() -> None:
    run_tests(NEXUS_METAL_STANDIN="devices=2")


def test_a_device_with_memory_of_its_own() -> None:
    run_tests(NEXUS_METAL_STANDIN="devices=2,unified=0")
