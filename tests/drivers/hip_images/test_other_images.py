"""Fat binaries, and images that are refused."""

from __future__ import annotations

import re
import struct

import pytest
from support.amd_images import SOURCE, bundle, clang_code
from support.kernel_cases import SOURCE as KERNELS

from nexus.compilers import nvrtc
from standins.cuda import nvrtc_library

HOST = "host-x86_64-unknown-linux--"
PREFIX = "hipv4-amdgcn-amd-amdhsa--"
EMPTY = 'extern "C" __global__ void f() {}'


def names_in(answer):
    assert "kernels" in answer, answer
    return [kernel["name"] for kernel in answer["kernels"]]


def named(kernel, processor, version=5, *features):
    """Return a code object with a kernel of that name."""
    options = ("-x", "hip", "-fcuda-is-device", "-include", "hip.h")
    return clang_code(EMPTY.replace("f()", f"{kernel}()"), processor, version, *options, *features)


@pytest.fixture
def fat():
    return bundle(
        {
            HOST: b"",
            PREFIX + "gfx906": named("of_gfx906", "gfx906"),
            PREFIX + "gfx90a": named("any", "gfx90a"),
            PREFIX + "gfx90a:xnack-": named("no_xnack", "gfx90a", 5, "-target-feature", "-xnack"),
            "hip-amdgcn-amd-amdhsa-unknown-gfx9-generic": named("of_family", "gfx9-generic", 6),
        }
    )


@pytest.mark.parametrize(
    ("target", "kernel"),
    [
        ("gfx906:sramecc+:xnack-", "of_gfx906"),
        ("gfx90a:sramecc+:xnack+", "any"),
        ("gfx90a:sramecc+:xnack-", "no_xnack"),
        ("gfx900:xnack-", "of_family"),
    ],
)
def test_the_entry_that_fits_best(read, fat, target, kernel):
    answer = read(fat, target)
    assert names_in(answer) == [kernel]
    assert answer["type"] == "hsaco"
    assert answer["size"] < len(fat)


def test_a_fat_binary_without_the_device(read, fat):
    reason = read.refuses(fat, "gfx1030")
    assert (
        "has no code for the device's gfx1030, but for hipv4-amdgcn-amd-amdhsa--gfx906, " in reason
    )
    assert HOST not in reason
    assert reason.endswith("build it with --offload-arch=gfx1030")
    assert "but for the host only" in read.refuses(bundle({HOST: b"x"}), "gfx1030")


def test_an_entry_of_something_else(read):
    assert "not a complete 64-bit ELF" in read.refuses(bundle({PREFIX + "gfx90a": b"nothing"}))
    wrong = bundle({PREFIX + "gfx90a": clang_code(EMPTY, "gfx906", 4)})
    assert "is for gfx906, and the device is gfx90a" in read.refuses(wrong)


def replaced(old, new):
    return lambda code: code.replace(old, new)


def changed(offset, value):
    return lambda code: code[:offset] + bytes([value]) + code[offset + 1 :]


NEITHER = "the image is neither a code object, nor a fat binary, nor text"
REFUSED = {
    "nothing": (lambda _: b"", NEITHER),
    "one_byte": (lambda _: b"\x01", NEITHER),
    "one_byte_of_elf": (lambda _: b"\x7f", NEITHER),
    "start_of_elf": (lambda _: b"\x7fELF", "not a complete 64-bit ELF file"),
    "compressed": (lambda _: b"CCOB\2\0\1\0", "compressed fat binary.* --no-offload-compress"),
    "wrapper": (
        lambda _: struct.pack("<IIQQ", 0x48495046, 1, 0, 0),
        "the structure that points to a fat binary; pass the fat binary itself",
    ),
    "cubin": (changed(18, 190), "machines of number 190 and systems of number 64, not 224 and 64"),
    "shader": (changed(7, 66), "machines of number 224 and systems of number 66, not 224 and 64"),
    "version_3": (changed(8, 1), "of version 3, and this plugin reads versions 4 to 6"),
    "version_7": (changed(8, 5), "of version 7, and this plugin reads versions 4 to 6"),
    "not_linked": (changed(16, 1), "an object file that is not linked"),
    "no_sections": (changed(60, 0), "and 0 sections described by 64, unlike"),
    "no_note": (replaced(b"AMDGPU\0", b"AMDGPV\0"), "no note that describes its kernels"),
    "no_size": (
        replaced(b".kernarg_segment_size", b".kernarg_segment_siZe"),
        "damaged: the description of a kernel has no number .kernarg_segment_size",
    ),
    "no_kernels": (replaced(b"amdhsa.kernels", b"amdhsa.kerneLs"), "metadata do not list kernels"),
    "no_symbol": (replaced(b".symbol", b".symboL"), "damaged: a kernel has no symbol"),
    "no_utf8": (replaced(b"add.kd", b"\xff" * 6), "a text of its metadata is not UTF-8"),
    "small_size": (
        replaced(b".kernarg_segment_size\x40", b".kernarg_segment_size\x3f"),
        "damaged: argument 7 of kernel add exceeds the 63 bytes of all arguments",
    ),
    "unknown_kind": (
        replaced(b"by_value", b"by_walue"),
        "argument 3 of kernel add is of the kind 'by_walue', which HIP does not launch",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(read, name):
    change, reason = REFUSED[name]
    assert re.search(reason, read.refuses(change(clang_code(SOURCE, "gfx90a", 4))))


def test_shared_memory_as_an_argument(read):
    source = "kernel void f(local int *x, global int *y) { y[0] = x[0]; }"
    code = clang_code(source, "gfx90a", 5, "-x", "cl", "-cl-std=CL2.0")
    assert "of the kind 'dynamic_shared_pointer', which HIP does not launch" in read.refuses(code)


def test_ptx(read, monkeypatch):
    monkeypatch.setenv("NEXUS_NVRTC", str(nvrtc_library()))
    answer = read(nvrtc.compile(KERNELS, "kernels.c", "compute_80"))
    assert answer["type"] == "ptx"
    assert "nxs_kernel_vector_add" in names_in(answer)
