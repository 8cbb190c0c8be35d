"""Compiles kernels for the check target: called once per item, with every access watched."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from nexus import get_include
from nexus.compilers import CompilerNotFoundError

_OPTIONS = ["-O0", "-g", "-gdwarf-4", "-gz=none", "-fPIC", "-fvisibility=hidden", "-shared"]
_OPTIONS += ["-ffp-contract=off", "-DNXS_KERNEL_CHECK", "-Wunused-parameter"]
# The compiler watches memory as for ThreadSanitizer, whose library is not linked.
_GCC = ["-fsanitize=thread", "-fsanitize=bounds", "-nodefaultlibs", "-lc", "-lgcc"]
_CLANG = ["-fno-sanitize=all"]
_CLANG += ["-Xclang", "-fsanitize=thread", "-Xclang", "-fsanitize=array-bounds"]
_CPP = {".cc", ".cpp", ".cxx"}


def _compiler(cpp: bool) -> list[str]:
    """Return the words that run the compiler, which is the CPU plugin's."""
    if words := shlex.split(os.environ.get("CXX" if cpp else "CC", "")):
        return words
    name = "c++" if cpp else "cc"
    if shutil.which(name):
        return [name]
    if find_spec("ziglang"):
        return [sys.executable, "-m", "ziglang", name]
    raise CompilerNotFoundError(
        "kernels are checked on the CPU, and there is no compiler for it: install one, for example "
        "by 'apt install gcc' or 'pip install ziglang'"
    )


def _is_clang(compiler: list[str]) -> bool:
    said = subprocess.run([*compiler, "--version"], capture_output=True, text=True, check=False)
    return "clang" in said.stdout


def build(source: Path, target: Path) -> str:
    """Compile a source that the CPU plugin has compiled without an error.

    Parameters
    ----------
    source : Path
        The file.
    target : Path
        The shared library to write.

    Returns
    -------
    str
        The compiler's warnings.

    Raises
    ------
    CompilerNotFoundError
        If there is no compiler, or it lacks something that the check target needs.
    """
    cpp = source.suffix in _CPP
    compiler = _compiler(cpp)
    watching = _CLANG if _is_clang(compiler) else _GCC
    options = [*_OPTIONS, "-std=gnu++17" if cpp else "-std=gnu11", f"-I{get_include()}"]
    if sys.platform == "darwin":
        options += ["-undefined", "dynamic_lookup"]
    own = shlex.split(os.environ.get("NEXUS_CPU_CFLAGS", ""))
    command = [*compiler, *own, *options, str(source), *watching, "-lm", "-o", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CompilerNotFoundError(
            f"the compiler {compiler[0]!r} cannot compile for the check: {done.stderr.strip()}"
        )
    return done.stderr
