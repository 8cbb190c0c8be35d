"""What NVRTC and hiprtc have in common: where they are, how one is run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from nexus import get_include
from nexus.compilers import rtc
from nexus.compilers.compile_error import CompileError, CompilerNotFoundError


class Compiled(NamedTuple):
    """What was compiled, and what compiled it."""

    code: bytes
    compiler: str
    """Name and version, such as ``"NVRTC 12.9"``."""
    flags: tuple[str, ...]
    """The options that select the target."""


def headers() -> dict[str, str]:
    """Return the texts of the headers of kernels, by the names under which they are included."""
    folder = Path(get_include())
    files = sorted(folder.glob("nexus-api/nxs_kernel*.h"))
    return {file.relative_to(folder).as_posix(): file.read_text() for file in files}


def find(variable: str, names: Iterable[str], folders: Iterable[Path]) -> list[str]:
    """Return paths of a library, those to try first at the start.

    Parameters
    ----------
    variable : str
        The environment variable that names the file. If it is set, nothing else is looked at.
    names : iterable of str
        Names of the file.
    folders : iterable of Path
        Where it may be. After them, the system's loader is asked.
    """
    chosen = os.environ.get(variable)
    if chosen:
        return [chosen]
    names = list(names)
    found = [str(path) for folder in folders for name in names if (path := folder / name).exists()]
    return found + names


def site_folders() -> list[Path]:
    """Return the folders that packages are imported from."""
    return [Path(entry) for entry in sys.path if entry and Path(entry).is_dir()]


def opens(path: str) -> bool:
    """Return whether a library can be opened, in a process of its own."""
    command = [sys.executable, "-c", "import sys, cffi; cffi.FFI().dlopen(sys.argv[1])", path]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def compile_by(request: rtc.Request, target: str) -> Compiled:
    """Run a compilation and return what was compiled.

    Raises
    ------
    CompileError
        If the source has errors.
    CompilerNotFoundError
        If the compiler ends without a result.
    """
    command = [sys.executable, rtc.__file__]
    done = subprocess.run(
        command, input=json.dumps(request).encode(), capture_output=True, check=False
    )
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise CompilerNotFoundError(
            f"the compiler {request['library']} ended without a result for {target}: "
            f"{said[-500:] or f'exit status {done.returncode}'}; "
            "one that is too old for a target ends like this"
        )
    head, _, code = done.stdout.partition(b"\n")
    answer = json.loads(head)
    if answer["size"] < 0:
        raise CompileError(target, request["name"], answer["log"])
    name = request["prefix"].upper().replace("HIPRTC", "hiprtc")
    return Compiled(code, f"{name} {answer['version']}", (request["options"][0],))
