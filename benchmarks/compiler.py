"""The compiler of this machine, which builds what Nexus is compared with."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path
from types import ModuleType

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


def extension(source: Path, target: Path, *options: str) -> ModuleType:
    """Compile and import an extension module, which is named after its file."""
    python = f"-I{sysconfig.get_path('include')}"
    link = ["-undefined", "dynamic_lookup"] if sysconfig.get_platform().startswith("mac") else []
    compile_file(source, target, "-O3", "-shared", "-fPIC", python, *link, *options)
    name = target.name.partition(".")[0]
    loader = importlib.machinery.ExtensionFileLoader(name, str(target))
    spec = importlib.util.spec_from_loader(name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def _command(variable: str, default: str) -> list[str]:
    return shlex.split(os.environ.get(variable) or default)
