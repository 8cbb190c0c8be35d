"""Code objects for AMD's devices: their kernels, and what they are for."""

from __future__ import annotations

import pytest
from support.amd_images import SOURCE, clang_code, hiprtc_code

from nexus._enums import data_type as DataType

IN, OUT, SCALAR = 0, 1, 2
F32, I32, F64 = DataType.F32, DataType.I32, DataType.F64


def kernels_of(answer):
    """Return name, kind, data type and size of each argument, by kernel."""
    assert "kernels" in answer, answer
    return {
        kernel["name"]: [
            (one["name"], one.get("kind", 0), one.get("data_type", 0), one["size"])
            for one in kernel.get("parameters", [])
        ]
        for kernel in answer["kernels"]
    }


@pytest.mark.parametrize(
    ("processor", "version"),
    [("gfx906", 4), ("gfx90a", 5), ("gfx942", 6), ("gfx1030", 4), ("gfx1100", 5), ("gfx1201", 6)],
)
def test_the_kernels_that_clang_compiled(read, processor, version):
    code = clang_code(SOURCE, processor, version)
    answer = read(code, processor)
    assert kernels_of(answer) == {
        "add": [
            ("a", OUT, 0, 8),
            # It is the only one of which Clang proves that the kernel just reads it.
            ("b", IN, 0, 8),
            ("c", OUT, 0, 8),
            ("n", SCALAR, 0, 4),
            ("add_param_4", SCALAR, 0, 24),
            ("h", SCALAR, 0, 2),
            ("q", SCALAR, 0, 1),
            ("d", SCALAR, 0, 8),
        ],
        "empty": [],
        "_Z5firstIfEvPT_": [("x", OUT, 0, 8)],
    }
    assert answer["type"] == "hsaco"
    assert answer["size"] == len(code)


@pytest.mark.parametrize("target", ["gfx906", "gfx90a", "gfx90a:sramecc+:xnack-", "gfx1030"])
def test_the_kernels_that_hiprtc_compiled(read, target):
    kernels = kernels_of(read(hiprtc_code(SOURCE, target), target))
    assert [argument[1:] for argument in kernels["add"]] == [
        *[(kind, 0, 8) for kind in (OUT, IN, OUT)],
        *[(SCALAR, 0, size) for size in (4, 24, 2, 1, 8)],
    ]
    assert kernels["empty"] == []


def test_opencl_tells_types(read):
    source = """
    typedef unsigned char uchar;
    kernel void scale(global const float *x, global int *y, double factor, uchar n) {
      y[n] = (int)(x[n] * factor);
    }"""
    opencl = ("-x", "cl", "-cl-std=CL2.0", "-cl-kernel-arg-info", "-fdeclare-opencl-builtins")
    assert kernels_of(read(clang_code(source, "gfx90a", 5, *opencl)))["scale"] == [
        ("x", IN, F32, 8),
        ("y", OUT, I32, 8),
        ("factor", SCALAR, F64, 8),
        ("n", SCALAR, DataType.U8, 1),
    ]


FAMILIES = {
    "gfx9-generic": ("gfx906", "gfx908"),
    "gfx9-4-generic": ("gfx942", "gfx90a"),
    "gfx10-1-generic": ("gfx1013", "gfx1030"),
    "gfx10-3-generic": ("gfx1036", "gfx1010"),
    "gfx11-generic": ("gfx1153", "gfx1200"),
    "gfx12-generic": ("gfx1201", "gfx1250"),
}
EMPTY = 'extern "C" __global__ void f() {}'


@pytest.mark.parametrize("family", FAMILIES)
def test_families(read, family):
    code = clang_code(EMPTY, family, 6)
    member, other = FAMILIES[family]
    assert "kernels" in read(code, member)
    assert "kernels" in read(code, f"{member}:xnack+")
    assert f"is for {family}, and the device is {other}" in read.refuses(code, other)


@pytest.mark.parametrize(
    ("settings", "device", "fits"),
    [
        ("", "gfx90a:sramecc+:xnack-", True),
        ("-xnack", "gfx90a:sramecc+:xnack-", True),
        ("+xnack", "gfx90a:sramecc+:xnack-", False),
        ("+xnack", "gfx90a:sramecc+:xnack+", True),
        ("+sramecc", "gfx90a:sramecc+:xnack-", True),
        ("-sramecc", "gfx90a:sramecc+:xnack-", False),
        ("+xnack", "gfx90a", False),
        ("", "gfx90", False),
        ("", "gfx90aa", False),
        ("", "", False),
    ],
)
def test_features(read, settings, device, fits):
    features = ("-target-feature", settings) if settings else ()
    hip = ("-x", "hip", "-fcuda-is-device", "-include", "hip.h")
    code = clang_code(EMPTY, "gfx90a", 4, *hip, *features)
    if fits:
        assert "kernels" in read(code, device)
    else:
        reason = read.refuses(code, device)
        sign = f":{settings[1:]}{settings[0]}" if settings else ""
        assert f"is for gfx90a{sign}, and the device is {device}: build it with" in reason
        assert f"--offload-arch={device.partition(':')[0]}" in reason


def test_a_processor_that_is_newer_than_the_plugin(read):
    code = clang_code(EMPTY, "gfx906", 4).replace(b"--gfx906", b"--gfx9x6")
    assert "kernels" in read(code, "gfx9x6")
    assert "is for gfx9x6, and the device is gfx90a" in read.refuses(code, "gfx90a")


def test_metadata_without_a_target(read):
    code = clang_code(EMPTY, "gfx906", 4).replace(b"amdhsa.target", b"amdhsa.tarGet")
    assert "is for an unknown processor, and the device is gfx906" in read.refuses(code, "gfx906")
