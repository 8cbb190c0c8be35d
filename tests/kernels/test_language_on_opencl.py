"""The kernel language on OpenCL's real drivers, through PyOpenCL."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest
from support.opencl_drivers import on
from support.paths import ROOT


@pytest.mark.skipif(not importlib.util.find_spec("pyopencl"), reason="pip install pyopencl")
@pytest.mark.parametrize("driver", ["intel", "pocl"])
def test_every_kernel(driver, tmp_path):
    found = subprocess.run(
        [sys.executable, "-m", "support.opencl_host"],
        cwd=tmp_path,
        env={**os.environ, **on(driver), "PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.count(": right") == 1
