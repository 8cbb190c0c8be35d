"""The compiler of this machine, which builds what Nexus is compared with."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

from benchmarks.harness import CannotRunError


def identity() -> str:
    """Return the version line of the C compiler, empty if there is none."""
    command = _command("CC", "cc")
    if not shutil.which(command[0]):
        return ""
    shown = subprocess.run([*command, "--version"], check=True, capture_output=True, text=True)
    return shown.stdout.partition("\n")[0]


def compile_file(source: Path, target: Path, *options: str) -> Path:
    """Compile a C or C++ file to a program or, with ``-shared``, a library.

    Raises
    ------
    CannotRunError
        If there is no compiler, or it does not compile the file: not every one knows OpenMP.
    """
    plus = source.suffix == ".cpp"
    command = _command("CXX", "c++") if plus else _command("CC", "cc")
    if not shutil.which(command[0]):
        raise CannotRunError(f"the compiler {command[0]!r} is not installed; set CC and CXX")
    command += [str(source), "-o", str(target), *options]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    if made.returncode:
        raise CannotRunError(f"{source.name} does not compile here:\n{made.stderr}")
    return target


def _command(variable: str, default: str) -> list[str]:
    return shlex.split(os.environ.get(variable) or default)
