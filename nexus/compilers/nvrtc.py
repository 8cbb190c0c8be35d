"""CUDA C++ and kernels of ``nxs_kernel.h``, compiled by NVRTC; no device or driver is needed."""

from __future__ import annotations

import functools
import os
import re
import sys
from pathlib import Path

from nexus.compilers import rtc, run_time_compiler
from nexus.compilers.compile_error import CompilerNotFoundError, reason_of_absence
from nexus.compilers.run_time_compiler import Compiled

_MAJORS = (13, 12, 11)
_TARGET = re.compile(r"(sm|compute)_\d+[af]?")


def _folders(names: list[str], inside: list[str]) -> list[Path]:
    roots = [Path(os.environ[name]) for name in ("CUDA_HOME", "CUDA_PATH") if name in os.environ]
    for site in run_time_compiler.site_folders():
        roots += [site / "nvidia" / name for name in names]
    roots.append(Path("/usr/local/cuda"))
    return [root / folder for root in roots for folder in inside]


@functools.cache
def _library(chosen: str | None) -> str:
    """Return the path of NVRTC. `chosen` is the setting that the answer depends on."""
    names = [f"libnvrtc.so.{'11.2' if major == 11 else major}" for major in _MAJORS]
    folders = _folders(["cuda_nvrtc", *(f"cu{major}" for major in _MAJORS)], ["lib64", "lib"])
    tried = run_time_compiler.find("NEXUS_NVRTC", names, folders)
    for path in tried:
        if run_time_compiler.opens(path):
            return path
    raise CompilerNotFoundError(
        "CUDA C++ needs NVIDIA's compiler library NVRTC, and "
        + (f"NEXUS_NVRTC={chosen} cannot be opened" if chosen else "none is installed")
        + ": pip install nvidia-cuda-nvrtc-cu12, or set NEXUS_NVRTC to its file"
    )


def missing() -> str | None:
    """Return why nothing can be compiled; None if it can be.

    Examples
    --------
    >>> from nexus.compilers import nvrtc
    >>> reason = nvrtc.missing()
    """
    return reason_of_absence(lambda: _library(os.environ.get("NEXUS_NVRTC")))


def compile(source: str, name: str, target: str) -> bytes:
    """Compile CUDA C++, or kernels of ``nxs_kernel.h``.

    Parameters
    ----------
    source : str
        The text.
    name : str
        Its name in messages.
    target : str
        ``"sm_90"`` for a cubin, ``"compute_90"`` for PTX.

    Returns
    -------
    bytes
        The cubin; or PTX, as text that ends with a zero byte.

    Raises
    ------
    ValueError
        If the target is none of these; `CompileError` if the source has errors, or this NVRTC does
        not know the architecture.
    CompilerNotFoundError
        If there is no NVRTC.

    Examples
    --------
    >>> from nexus.compilers import nvrtc
    >>> if nvrtc.missing() is None:
    ...     ptx = nvrtc.compile('extern "C" __global__ void f() {}', "f.cu", "compute_80")
    """
    return compiled(source, name, target).code


def compiled(source: str, name: str, target: str) -> Compiled:
    """Compile as `compile` does, and return also what compiled it."""
    if not _TARGET.fullmatch(target):
        raise ValueError(
            f"{target!r} is no target of NVRTC: give sm_90 for a cubin, compute_90 for PTX"
        )
    includes = _folders(
        ["cuda_runtime", "cuda_cccl", *(f"cu{major}" for major in _MAJORS)],
        ["include", "include/cccl"],
    )
    options = [f"--include-path={folder}" for folder in includes if folder.is_dir()]
    request: rtc.Request = {
        "library": _library(os.environ.get("NEXUS_NVRTC")),
        "prefix": "nvrtc",
        "code": "CUBIN" if target.startswith("sm_") else "PTX",
        "source": source,
        "name": name,
        "options": [f"--gpu-architecture={target}", *options],
        "headers": run_time_compiler.headers(),
    }
    return run_time_compiler.compile_by(request, target)


if __name__ == "__main__":
    # python -m nexus.compilers.nvrtc FILE TARGET OUTPUT
    given, architecture, output = map(str, sys.argv[1:])
    Path(output).write_bytes(compile(Path(given).read_text("utf-8"), given, architecture))
