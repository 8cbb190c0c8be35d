"""Images for AMD's devices, made by AMD's compiler and by Clang, which need no device."""

from __future__ import annotations

import functools
import importlib.util
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from nexus.compilers import hiprtc
from support.paths import ROOT

_PRELUDES = ROOT / "nexus" / "compilers" / "preludes"

SOURCE = """
struct pair { int first; float second[5]; };
extern "C" __global__ void add(const float *a, const float *__restrict__ b, float *c, int n,
                               pair p, short h, char q, double d) {
  c[0] = a[0] + b[1] + n + p.second[2] + h + q + d;
}
extern "C" __global__ void empty() {}
template <class T> __global__ void first(T *x) { x[0] = 1; }
template __global__ void first<float>(float *);
"""


@functools.cache
def clang_code(source: str, processor: str, version: int, *options: str) -> bytes:
    """Return a code object that Clang makes for a processor, of a version of the format."""
    if not importlib.util.find_spec("ziglang"):
        pytest.skip("Clang and its linker for AMD's devices are missing: pip install ziglang")
    zig = [sys.executable, "-m", "ziglang"]
    command = [*zig, "clang", "-cc1", "-triple", "amdgcn-amd-amdhsa", "-aux-triple"]
    command += ["x86_64-unknown-linux-gnu", "-target-cpu", processor, "-emit-obj", "-O2"]
    command += [f"-mcode-object-version={version}", f"-I{ROOT / 'include'}", f"-I{_PRELUDES}"]
    command += options or ["-x", "hip", "-fcuda-is-device", "-include", "hip.h"]
    with tempfile.TemporaryDirectory() as folder:
        unlinked = Path(folder, "unlinked.o")
        subprocess.run([*command, "-", "-o", unlinked], input=source.encode(), check=True)
        link = [*zig, "ld.lld", "-shared", unlinked, "-o", "-"]
        return subprocess.run(link, stdout=subprocess.PIPE, check=True).stdout


def hiprtc_code(source: str, target: str) -> bytes:
    """Return a code object that hiprtc makes."""
    if reason := hiprtc.missing():
        pytest.skip(reason)
    return hiprtc.compile(source, "kernels.hip", target)


def bundle(entries: dict[str, bytes]) -> bytes:
    """Return a fat binary, as Clang's bundler makes it, of images by the names of their targets."""
    head = b"__CLANG_OFFLOAD_BUNDLE__" + struct.pack("<Q", len(entries))
    at = len(head) + sum(24 + len(name) for name in entries)
    body = b""
    for name, image in entries.items():
        body += b"\0" * (-(at + len(body)) % 4096)
        head += struct.pack("<QQQ", at + len(body), len(image), len(name)) + name.encode()
        body += image
    return head + body
