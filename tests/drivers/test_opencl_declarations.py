"""The OpenCL plugin's declarations against OpenCL's own headers."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from support.paths import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the OpenCL plugin is Linux's")


def test_declarations() -> None:
    compiler = shlex.split(os.environ.get("CXX", "c++"))
    headers = subprocess.run(
        [*compiler, "-E", "-x", "c++", "-include", "CL/cl_ext.h", os.devnull],
        capture_output=True,
        check=False,
    )
    if headers.returncode:
        pytest.skip("no OpenCL headers: apt install opencl-headers")
    folders = [ROOT / "sdk", ROOT / "include"]
    source = Path(__file__).parent / "opencl_declarations.cpp"
    command = [*compiler, "-std=c++20", "-fsyntax-only", *(f"-I{folder}" for folder in folders)]
    made = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
