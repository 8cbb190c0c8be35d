"""Devices' languages, checked by Clang; nothing is compiled to code.

OpenCL C 1.2, HIP, and the rules of the Metal Shading Language. Clang's C++ for OpenCL stands in for
Metal's compiler: it has the same rules for address spaces, and no double. Declarations that the
vendors' compilers have built in come from the folder ``preludes``.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from nexus import get_include
from nexus.compilers.compile_error import CompileError, CompilerNotFoundError, reason_of_absence

_PRELUDES = Path(__file__).parent / "preludes"
_OPENCL = ["-x", "cl", "-cl-no-stdinc", "-target", "spir64-unknown-unknown"]
_OPENCL += ["-Xclang", "-fdeclare-opencl-builtins"]
# What C++ for OpenCL has and Metal has not; features that need these; and halves, which Metal has.
_METAL_EXTENSIONS = [
    "-__opencl_c_" + name
    for name in (
        "generic_address_space",
        "pipes",
        "device_enqueue",
        "program_scope_global_variables",
        "read_write_images",
        "3d_image_writes",
        "fp64",
    )
]
_METAL_EXTENSIONS += ["-cl_khr_3d_image_writes", "-cl_khr_fp64", "+cl_khr_fp16"]
_OPTIONS = {
    "opencl": [*_OPENCL, "-cl-std=CL1.2", "-include", "opencl.h"],
    "hip": [
        "-x",
        "hip",
        "-std=c++17",
        "-nogpulib",
        "-nogpuinc",
        "--cuda-device-only",
        "-include",
        "hip.h",
    ],
    "metal": [
        *_OPENCL,
        "-cl-std=clc++2021",
        "-Xclang",
        f"-cl-ext={','.join(_METAL_EXTENSIONS)}",
        "-D__METAL_VERSION__=310",
        "-include",
        "metal_stdlib",
        "-Wno-unknown-attributes",
        "-ferror-limit=0",
    ],
}
_COPY = re.compile(r"error: no (?:matching constructor for initialization|viable overloaded '=')")
# Of the compilers' names, the newest first.
_NAMES = ["clang", *(f"clang-{version}" for version in range(25, 14, -1))]


@functools.cache
def _clang(chosen: str | None) -> list[str]:
    """Return the words that run Clang. `chosen` is the setting that the answer depends on."""
    if chosen:
        return shlex.split(chosen)
    if importlib.util.find_spec("ziglang"):
        return [sys.executable, "-m", "ziglang", "clang"]
    for name in _NAMES:
        if path := shutil.which(name):
            return [path]
    raise CompilerNotFoundError(
        "OpenCL C, HIP and Metal's language are checked by Clang, and there is none: "
        "pip install ziglang, or set NEXUS_CLANG to a clang"
    )


@functools.cache
def version() -> str:
    """Return the first line of what Clang says about itself.

    Examples
    --------
    >>> from nexus.compilers import device_clang
    >>> if device_clang.missing() is None:
    ...     assert "clang" in device_clang.version()
    """
    command = [*_clang(os.environ.get("NEXUS_CLANG")), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.partition("\n")[0].strip()


def missing() -> str | None:
    """Return why nothing can be checked; None if it can be.

    Examples
    --------
    >>> from nexus.compilers import device_clang
    >>> reason = device_clang.missing()
    """
    return reason_of_absence(lambda: _clang(os.environ.get("NEXUS_CLANG")))


def _without_copies(log: str) -> str:
    """Return what Clang says, without its errors about copies of structs between address spaces.

    Metal makes these copies. C++ for OpenCL has no constructor for them.
    """
    messages = re.split(r"^(?=.*\b(?:error|warning): )", log, flags=re.MULTILINE)
    return "".join(
        message
        for message in messages
        if not (_COPY.search(message) and "address space" in message)
    )


def check(source: str, name: str, language: str, architecture: str = "gfx90a") -> None:
    """Check a source, which may be of kernels of ``nxs_kernel.h``.

    Parameters
    ----------
    source : str
        The text.
    name : str
        Its name in messages.
    language : str
        ``"opencl"``, ``"hip"`` or ``"metal"``.
    architecture : str, optional
        What HIP is checked for.

    Raises
    ------
    CompileError
        If the source has errors.
    CompilerNotFoundError
        If there is no Clang.

    Examples
    --------
    >>> from nexus.compilers import device_clang
    >>> if device_clang.missing() is None:
    ...     device_clang.check("__kernel void f(__global int *x) { x[0] = 1; }", "f.cl", "opencl")
    """
    command = [*_clang(os.environ.get("NEXUS_CLANG")), *_OPTIONS[language]]
    if language == "hip":
        command.append(f"--offload-arch={architecture}")
    command += ["-nostdinc", f"-I{_PRELUDES}", f"-I{get_include()}", "-fsyntax-only"]
    command += ["-fno-color-diagnostics", "-Wno-unused", "-"]
    # Messages would name the file "<stdin>".
    text = f'#line 1 "{name}"\n{source}'
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    log = _without_copies(done.stderr) if language == "metal" else done.stderr
    if done.returncode and "error: " in log:
        raise CompileError(language, name, log)
