"""HIP source and kernels of nxs_kernel.h, compiled by hiprtc inside the plugin."""

from __future__ import annotations

import ctypes.util
import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.amd_images import SOURCE
from support.kernel_cases import SOURCE as KERNELS
from support.paths import ROOT, TESTS

from nexus import status
from nexus.compilers import hiprtc

OURS = [ROOT / "plugins" / name for name in ("hip", "gpu")]
HEADERS = [Path("/usr/include"), Path("/opt/rocm/include")]


@pytest.fixture
def compile_source(start_reader) -> Callable[..., dict[str, Any]]:
    """Return a function that compiles a source, where hiprtc is installed."""
    if reason := hiprtc.missing():
        pytest.skip(reason)
    # What AMD's libraries keep until the process ends is not this plugin's.
    return start_reader(ASAN_OPTIONS="detect_leaks=0")


def kernels_of(answer):
    assert answer.get("type") == "source", answer
    return {
        kernel["name"]: [parameter["name"] for parameter in kernel.get("parameters", [])]
        for kernel in answer["kernels"]
    }


@pytest.mark.parametrize("target", ["gfx906", "gfx90a:sramecc+:xnack-", "gfx1030"])
def test_hip(compile_source, target):
    answer = compile_source(SOURCE.encode(), target)
    assert kernels_of(answer) == {
        "add": ["a", "b", "c", "n", "add_param_4", "h", "q", "d"],
        "empty": [],
        "_Z5firstIfEvPT_": ["x"],
    }
    assert "message" not in answer


def test_kernels_of_all_devices(compile_source):
    assert kernels_of(compile_source(b"\xef\xbb\xbf" + KERNELS.encode())) == {
        f"nxs_kernel_{name}": arguments
        for name, arguments in {
            "vector_add": ["a", "b", "sum"],
            "saxpy": ["factor", "x", "y", "count"],
            "matmul": ["left", "right", "product", "depth"],
            "reduce": ["x", "sums", "count"],
            "histogram": ["values", "counts", "ends", "count"],
            "exp": ["x", "y", "count"],
            "mixed": ["x", "y", "changes", "places", "seed"],
        }.items()
    }


def test_warnings(compile_source):
    answer = compile_source(b'#warning slow\nextern "C" __global__ void f() {}')
    assert kernels_of(answer) == {"f": []}
    assert "source.hip:1:2: warning: slow" in answer["message"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"__global__ void f() { return 1 }", "source.hip:1:31: error: expected ';'"),
        (
            b"#include <nexus-api/nxs_kernel.h>\nNXS_KERNEL(f, NXS_OUT(int, x)) {\n"
            b"  NXS_ITEMS { return; }\n}",
            "source.hip:3: error: 'return' in an item block",
        ),
    ],
    ids=["hip", "item_block"],
)
def test_errors(compile_source, source, reason):
    answer = compile_source(source)
    assert answer["status"] == status.NXS_BuildProgramFailure
    assert answer["message"].startswith("'source.hip' does not compile:\n")
    assert reason in answer["message"]


@pytest.mark.parametrize("target", ["gfx123", "gfx90a:speed+", "gfx1030:xnack+", "hal9000", ""])
def test_targets_that_it_does_not_know(compile_source, target):
    """These end the process of hiprtc 5.2."""
    source = b'extern "C" __global__ void f() {}'
    answer = compile_source(source, target)
    assert answer["status"] == status.NXS_CompilerNotAvailable
    assert f"the installed hiprtc does not compile for {target}: /" in answer["message"]
    assert "NEXUS_HIPRTC" in answer["message"]
    assert kernels_of(compile_source(source)) == {"f": []}


def test_no_compiler(start_reader):
    answer = start_reader(NEXUS_HIPRTC="/nowhere/libhiprtc.so")(b"__global__ void f() {}")
    assert answer["status"] == status.NXS_CompilerNotAvailable
    assert "/nowhere/libhiprtc.so: cannot open" in answer["message"]
    assert "apt install libamdhip64-5" in answer["message"]


def test_another_library(start_reader):
    libc = ctypes.util.find_library("c")
    answer = start_reader(NEXUS_HIPRTC=libc)(b"__global__ void f() {}")
    assert answer["status"] == status.NXS_CompilerNotAvailable
    assert f"({libc} has no hiprtcCreateProgram)" in answer["message"]


def test_declarations():
    """They are those of AMD's headers."""
    folders = [folder for folder in HEADERS if (folder / "hip" / "hiprtc.h").is_file()]
    if not any((folder / "amd_comgr.h").is_file() for folder in folders):
        pytest.skip("AMD's headers are not installed: apt install libamdhip64-dev libamd-comgr-dev")
    compiler = shlex.split(os.environ.get("CXX", "c++"))
    command = [*compiler, "-std=c++20", "-D__HIP_PLATFORM_AMD__", "-fsyntax-only"]
    command += [f"-I{folder}" for folder in [*OURS, *folders]]
    source = TESTS / "drivers" / "hip_images" / "hiprtc_declarations.cpp"
    made = subprocess.run([*command, source], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
