"""HIP and kernels of ``nxs_kernel.h``, compiled by hiprtc; no device or driver is needed."""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path

from nexus.compilers import rtc, run_time_compiler
from nexus.compilers.compile_error import CompilerNotFoundError, reason_of_absence
from nexus.compilers.run_time_compiler import Compiled

_NAMES = [f"libhiprtc.so{end}" for end in (".7", ".6", ".5", "")]
# Before ROCm 5.3 or so, its functions are in HIP's library.
_NAMES += [f"libamdhip64.so{end}" for end in (".7", ".6", ".5", "")]
_TARGET = re.compile(r"gfx[0-9a-f]{3,4}(:[a-z]+[+-])*")


@functools.cache
def _library(chosen: str | None) -> str:
    """Return the path of hiprtc. `chosen` is the setting that the answer depends on."""
    roots = [Path(os.environ[name]) for name in ("ROCM_PATH", "HIP_PATH") if name in os.environ]
    roots.append(Path("/opt/rocm"))
    for path in run_time_compiler.find("NEXUS_HIPRTC", _NAMES, [root / "lib" for root in roots]):
        if run_time_compiler.opens(path):
            return path
    raise CompilerNotFoundError(
        "HIP needs AMD's compiler library hiprtc, and "
        + (f"NEXUS_HIPRTC={chosen} cannot be opened" if chosen else "none is installed")
        + ": install ROCm's hiprtc (Debian: apt install libamdhip64-5 libhiprtc-builtins5), or set "
        "NEXUS_HIPRTC to its file"
    )


def missing() -> str | None:
    """Return why nothing can be compiled; None if it can be.

    Examples
    --------
    >>> from nexus.compilers import hiprtc
    >>> reason = hiprtc.missing()
    """
    return reason_of_absence(lambda: _library(os.environ.get("NEXUS_HIPRTC")))


def compile(source: str, name: str, target: str) -> bytes:
    """Compile HIP, or kernels of ``nxs_kernel.h``.

    Parameters
    ----------
    source : str
        The text.
    name : str
        Its name in messages.
    target : str
        ``"gfx90a"``, also with features: ``"gfx90a:sramecc+:xnack-"``.

    Returns
    -------
    bytes
        The code object.

    Raises
    ------
    ValueError
        If the target is none of these; `CompileError` if the source has errors.
    CompilerNotFoundError
        If there is no hiprtc, or it ends its process, which some versions do for an architecture
        that they do not know.

    Examples
    --------
    >>> from nexus.compilers import hiprtc
    >>> if hiprtc.missing() is None:
    ...     image = hiprtc.compile('extern "C" __global__ void f() {}', "f.hip", "gfx90a")
    """
    return compiled(source, name, target).code


def compiled(source: str, name: str, target: str) -> Compiled:
    """Compile as `compile` does, and return also what compiled it."""
    if not _TARGET.fullmatch(target):
        raise ValueError(f"{target!r} is no target of hiprtc: give one such as gfx90a")
    request: rtc.Request = {
        "library": _library(os.environ.get("NEXUS_HIPRTC")),
        "prefix": "hiprtc",
        "code": "Code",
        # Its messages would name a temporary file.
        "source": f'#line 1 "{name}"\n{source}',
        "name": name,
        "options": [f"--offload-arch={target}"],
        "headers": run_time_compiler.headers(),
    }
    return run_time_compiler.compile_by(request, target)
