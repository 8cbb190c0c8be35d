"""The kit's C code, compiled at its first use and kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import threading
from pathlib import Path

_FLAGS = ["-std=gnu11", "-O2", "-fPIC", "-shared", "-pthread", "-Wall"]


class NoCompilerError(Exception):
    """There is no C compiler, or it cannot compile the kit's C."""


def library(name: str) -> Path:
    """Return the shared library that a C file of this folder compiles to.

    Raises
    ------
    NoCompilerError
        If it cannot be compiled here.
    """
    source = Path(__file__).with_name(f"{name}.c")
    command = [*compiler(), *_FLAGS]
    key = f"{shlex.join(command)} {platform.machine()} {source.read_text('utf-8')}"
    target = _cache() / f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.so"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        # Renamed when complete: two kits may run at once, also in threads of one process.
        new = target.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        try:
            run = subprocess.run(
                [*command, str(source), "-o", str(new), "-ldl"], capture_output=True, text=True
            )
        except OSError as error:
            raise NoCompilerError(f"{command[0]} cannot be run: {error.strerror}") from error
        if run.returncode != 0:
            raise NoCompilerError(f"{command[0]} cannot compile {source.name}: {run.stderr}")
        new.replace(target)
    return target


def compiler() -> list[str]:
    """Return the command of the C compiler: the variable CC, or the first compiler found.

    Raises
    ------
    NoCompilerError
        If there is none.
    """
    given = os.environ.get("CC")
    if given:
        return shlex.split(given)
    for name in ("cc", "gcc", "clang"):
        if shutil.which(name):
            return [name]
    raise NoCompilerError("there is no C compiler: install gcc or clang, or set CC")


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base, "nexus", "conformance")
