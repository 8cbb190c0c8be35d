"""Code objects for AMD's devices: their kernels, and what they are for."""

from __future__ import annotations

import struct

import pytest
from support.amd_images import SOURCE, clang_code, hiprtc_code
from support.kernel_cases import SOURCE as KERNELS
from support.paths import EXAMPLES

from nexus._enums import data_type as DataType

IN, OUT, SCALAR = 0, 1, 2
F32, I32, F64 = DataType.F32, DataType.I32, DataType.F64
FLAGS = 48


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


SOURCES = {"kernels.c": KERNELS}
SOURCES |= {file.name: file.read_text() for file in (EXAMPLES / "kernels").glob("*.c")}
SIZES = {DataType.F32: 4, DataType.I32: 4, DataType.U32: 4, DataType.I64: 8}
SIZES |= {DataType.U8: 1, DataType.F64: 8, DataType.U64: 8, DataType.Bool: 1}


SOURCES = {"kernels.c": KERNELS}
SOURCES |= {file.name: file.read_text() for file in (EXAMPLES / "kernels").glob("*.c")}
PROCESSORS = {
    "gfx6": ("00", "01", "02"),
    "gfx7": ("00", "01", "02", "03", "04", "05"),
    "gfx8": ("01", "02", "03", "05", "10"),
    "gfx9": ("00", "02", "04", "06", "08", "09", "0a", "0c", "42", "50"),
    "gfx10": ("10", "11", "12", "13", "30", "31", "32", "33", "34", "35", "36"),
    "gfx11": ("00", "01", "02", "03", "50", "51", "52", "53"),
    "gfx12": ("00", "01", "50", "51"),
}
FAMILIES = {
    "gfx9-generic": ("gfx906", "gfx908"),
    "gfx9-4-generic": ("gfx942", "gfx90a"),
    "gfx10-1-generic": ("gfx1013", "gfx1030"),
    "gfx10-3-generic": ("gfx1036", "gfx1010"),
    "gfx11-generic": ("gfx1153", "gfx1200"),
    "gfx12-generic": ("gfx1201", "gfx1250"),
}
EMPTY = 'extern "C" __global__ void f() {}'


@pytest.mark.thorough
@pytest.mark.parametrize("family", PROCESSORS)
def test_each_processor_has_its_number(read, family):
    for step in PROCESSORS[family]:
        code = clang_code(EMPTY, family + step, 5)
        # The name is read from the header only.
        code = code.replace(b"amdhsa.target", b"amdhsa.tarGet")
        assert "kernels" in read(code, family + step)
        assert f"is for {family}{step}, and the device is gfx1" in read.refuses(code, "gfx1")


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


def with_bytes(code, offset, layout, value):
    changed = bytearray(code)
    struct.pack_into(layout, changed, offset, value)
    return bytes(changed)


def test_version_3_has_a_bit_for_each_feature(read):
    code = with_bytes(clang_code(EMPTY, "gfx906", 4), 8, "B", 1)
    plain = with_bytes(code, FLAGS, "<I", 0x2F)
    assert "kernels" in read(plain, "gfx906:sramecc+:xnack-")
    both = with_bytes(code, FLAGS, "<I", 0x32F)
    assert "kernels" in read(both, "gfx906:sramecc+:xnack+")
    assert "is for gfx906:sramecc+:xnack+, and" in read.refuses(both, "gfx906:sramecc+:xnack-")


def test_a_processor_that_is_newer_than_the_plugin(read):
    code = with_bytes(clang_code(EMPTY, "gfx906", 4), FLAGS, "<I", 0x5E7)
    assert "kernels" in read(code, "gfx906")
    assert "is for gfx906, and the device is gfx90a" in read.refuses(code, "gfx90a")
    unnamed = code.replace(b"amdhsa.target", b"amdhsa.tarGet")
    assert "is for an unknown processor, and the device" in read.refuses(unnamed, "gfx906")
