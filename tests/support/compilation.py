"""Compiling plugins and kernels for tests."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import nexus

# What our headers are compiled with.
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]

SUFFIX = {"darwin": ".dylib"}.get(sys.platform, ".so")

KERNELS = """
#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(add, NXS_IN(float, a), NXS_IN(float, b), NXS_OUT(float, c), NXS_SCALAR(nxs_int, n))
{
  NXS_ITEMS { const nxs_int i = NXS_GLOBAL_ID(0); if (i < n) c[i] = a[i] + b[i]; }
}
NXS_KERNEL(scale, NXS_OUT(float, x), NXS_SCALAR(float, factor), NXS_SCALAR(nxs_int, n))
{
  NXS_ITEMS { const nxs_int i = NXS_GLOBAL_ID(0); if (i < n) x[i] *= factor; }
}
"""


def source_of(value: object, before: str = "") -> str:
    """Return C source, behind other text, of a kernel that writes an int."""
    return f"""
#include <nexus-api/nxs_kernel.h>
{before}
NXS_KERNEL(value, NXS_OUT(nxs_int, x)) {{ x[0] = {value}; }}
"""


def compile_c(source: Path, target: Path, *flags: str) -> Path:
    """Compile a plugin, or kernels, from C."""
    options = ["-std=gnu11", "-O2", "-fvisibility=hidden", "-pthread"]
    return compile_shared(source, target, *options, f"-I{nexus.get_include()}", *flags)


def compile_shared(source: Path, target: Path, *flags: str) -> Path:
    """Compile a shared library from C, against only the headers that the flags name."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    options = ["-shared", "-fPIC"]
    if sys.platform == "darwin":
        options += ["-undefined", "dynamic_lookup"]  # symbols of the interpreter
    command = [*compiler, *options, *flags, str(source), "-o", str(target)]
    subprocess.run(command, check=True)
    return target
