"""Kernels of ``nxs_kernel.h``, compiled for a level of a CPU's architecture, for Linux."""

from __future__ import annotations

import functools
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from nexus import get_include
from nexus.compilers.compile_error import CompileError, CompilerNotFoundError
from nexus.compilers.run_time_compiler import Compiled

LEVELS = ("x86_64", "x86_64-v2", "x86_64-v3", "x86_64-v4", "aarch64")
# What the CPU plugin compiles with, except for the architecture. A debugger's and a linker's notes
# would tell folders, or differ from build to build.
_FLAGS = ["-O3", "-fPIC", "-fvisibility=hidden", "-fno-math-errno", "-fno-trapping-math"]
_FLAGS += ["-std=gnu11", "-Werror=implicit-function-declaration", "-shared", "-s"]
_FLAGS += ["-Wl,--build-id=none"]
_SYSTEM = "linux-gnu"


class _Toolchain(NamedTuple):
    command: list[str]
    version: str
    is_zig: bool


@functools.cache
def _toolchain(machine: str, chosen: str | None) -> _Toolchain:
    """Return the compiler for a machine. `chosen` is ``CC``, which the answer depends on."""
    native = sys.platform == "linux" and machine == platform.machine()
    command = shlex.split(chosen or "cc") if native else [f"{machine}-{_SYSTEM}-gcc"]
    if command and shutil.which(command[0]):
        is_zig = any("zig" in os.path.basename(word) for word in command)
        return _Toolchain(command, _version(command), is_zig)
    if native and chosen:
        raise CompilerNotFoundError(f"CC={chosen} names no compiler: set CC to one, or unset it")
    zig = None
    if importlib.util.find_spec("ziglang"):
        zig = [sys.executable, "-m", "ziglang"]
    elif path := shutil.which("zig"):
        zig = [path]
    if zig:
        # Libraries of this version are old enough for the systems that are in use.
        command = [*zig, "cc", "-target", f"{machine}-{_SYSTEM}.2.17"]
        return _Toolchain(command, _version([*zig, "cc"]), is_zig=True)
    other = "set CC to one" if native else f"install {machine}-{_SYSTEM}-gcc"
    raise CompilerNotFoundError(
        f"kernels for CPUs of {machine} need a C compiler for it, and there is none: "
        f"pip install ziglang, or {other}"
    )


def _version(command: list[str]) -> str:
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.partition("\n")[0].strip()


def missing(level: str) -> str | None:
    """Return why nothing can be compiled for a level; None if it can be.

    Examples
    --------
    >>> from nexus.compilers import cpu_levels
    >>> reason = cpu_levels.missing("x86_64-v3")
    """
    try:
        _toolchain(level.partition("-")[0], os.environ.get("CC"))
    except CompilerNotFoundError as error:
        return str(error)
    return None


def flags(level: str) -> list[str]:
    """Return the options that select a level, in the words of GCC and Clang.

    Examples
    --------
    >>> from nexus.compilers import cpu_levels
    >>> cpu_levels.flags("x86_64-v3")
    ['-march=x86-64-v3']
    """
    if level == "aarch64":
        return ["-march=armv8-a"]
    wide = ["-mprefer-vector-width=512"] if level == "x86_64-v4" else []
    return [f"-march={level.replace('_', '-')}", *wide]


def compile(source: str, name: str, level: str) -> Compiled:
    """Compile kernels of ``nxs_kernel.h``.

    Parameters
    ----------
    source : str
        The text.
    name : str
        Its name in messages.
    level : str
        One of `LEVELS`.

    Returns
    -------
    Compiled
        The bytes of a shared object for Linux, and the compiler.

    Raises
    ------
    CompileError
        If the source has errors.
    CompilerNotFoundError
        If there is no compiler for the architecture.

    Examples
    --------
    >>> from nexus.compilers import cpu_levels
    >>> if cpu_levels.missing("x86_64-v2") is None:
    ...     image = cpu_levels.compile("int twice(int x) { return 2 * x; }", "f.c", "x86_64-v2")
    """
    toolchain = _toolchain(level.partition("-")[0], os.environ.get("CC"))
    words = flags(level)
    if toolchain.is_zig:
        # Zig spells its architectures otherwise, and has the lowest one of a machine by default.
        words = [word.replace("-march=x86-64", "-march=x86_64").replace("64-v", "64_v")
                 for word in words if "armv8" not in word]  # fmt: skip
    command = [*toolchain.command, *words, *_FLAGS, f"-I{get_include()}"]
    with tempfile.TemporaryDirectory() as folder:
        # Names without folders, since an object may tell them.
        Path(folder, "kernels.c").write_text(f'#line 1 "{name}"\n{source}', encoding="utf-8")
        command += ["kernels.c", "-o", "kernels.so", "-lm"]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, errors="replace", check=False
        )
        image = Path(folder, "kernels.so")
        if done.returncode or not image.exists():
            raise CompileError(level, name, done.stderr)
        return Compiled(image.read_bytes(), toolchain.version, tuple(flags(level)))
