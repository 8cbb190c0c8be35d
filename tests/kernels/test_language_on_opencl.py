"""The kernel language on OpenCL's real drivers, through PyOpenCL."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest
from support.paths import ROOT

from benchmarks.peers.opencl import registered


@pytest.mark.skipif(not importlib.util.find_spec("pyopencl"), reason="pip install pyopencl")
def test_every_kernel_on_every_driver(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests"))
    with registered(tmp_path):
        found = subprocess.run(
            [sys.executable, "-m", "support.opencl_host"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    if "PLATFORM_NOT_FOUND" in found.stderr:
        pytest.skip("no OpenCL driver: apt install pocl-opencl-icd, or pip install intel-opencl-rt")
    assert found.returncode == 0, found.stderr
    assert "right" in found.stdout
