"""A host that others could have written, in C: other_host.c."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import nexus
from support.faults import fault_environment
from support.paths import TESTS

SOURCE = TESTS / "support" / "other_host.c"
# 1 doubled three times and not changed afterwards; 100 tripled twice, then left alone.
RUNS = [
    line
    for what in ("default", "stream", "capture")
    for line in (f"{what} first 8", f"{what} first 8", f"{what} second 900")
]


def run_host(plugin: Path, library: Path, folder: Path, **environment: str) -> list[str]:
    """Compile the host in a folder, run it there, and return the lines that it printed."""
    program = folder / "other_host"
    flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", f"-I{nexus.get_include()}"]
    compiler = shlex.split(os.environ.get("CC", "cc"))
    command = [*compiler, *flags, str(SOURCE), "-o", str(program), "-ldl"]
    subprocess.run(command, check=True)
    ended = subprocess.run(
        [program, plugin, library],
        cwd=folder,
        env={**os.environ, **fault_environment(), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    # AddressSanitizer says so of each plugin with fibers.
    errors = [line for line in ended.stderr.splitlines() if "makecontext" not in line]
    assert (ended.returncode, errors) == (0, []), ended.stderr
    return ended.stdout.splitlines()


def expected_lines(name: str) -> list[str]:
    """Return what the host prints with a plugin that behaves."""
    return [
        f"name {name}, same, size 1, short buffer refused",
        "numbers same, the room untouched",
        *RUNS,
        "end",
    ]
