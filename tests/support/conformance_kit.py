"""Faulty plugins, and runs of the conformance kit from the command line."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import nexus
from support.compilation import SUFFIX, compile_c
from support.paths import TESTS

REFERENCE = TESTS / "conformance" / "mutants" / "reference_plugin.c"
CPU = next((Path(nexus.__file__).parent / "plugins").glob("libcpu_plugin.*"))

# Sources of plugins: one function, or a constructor, with the body as a parameter.
HEAD = "#include <nexus-api.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <unistd.h>\n"
EVENT = "nxs_int nxsCreateEvent(nxs_int device, nxs_event_type type, nxs_uint settings) {{ {} }}\n"
VALUE = (
    "nxs_status nxsGetRuntimeProperty(nxs_uint id, void *value, size_t *size) {{\n"
    "  char *bytes = value; (void)bytes; (void)size; (void)id; {} }}\n"
)
CONSTRUCTOR = "__attribute__((constructor)) static void loaded(void) {{ {} }}\n"

# Seconds, far above the duration of any test, so that only a hang fails on a busy machine.
PATIENCE = 600


def mutant(folder: Path, *names: str, flags: Sequence[str] = ()) -> Path:
    """Compile the reference plugin with mutations."""
    target = folder / f"lib{'_'.join([*names, *flags]) or 'sound'}_plugin{SUFFIX}"
    if not target.exists():
        mutations = [f"-DMUTANT_{name}=1" for name in names]
        compile_c(REFERENCE, target, *flags, *mutations, "-lm")
    return target


def compile_program(source: Path, target: Path) -> Path:
    """Compile a program of one C file."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    flags = shlex.split("-std=gnu11 -Wall -Wextra -Werror")
    subprocess.run([*compiler, *flags, "-o", str(target), str(source), "-ldl"], check=True)
    return target


def run(*words: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program."""
    return subprocess.run(
        list(map(str, words)),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=environment(),
        cwd=folder,
    )


def conformance(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    """Run ``nexus conformance``."""
    return subprocess.run(
        [sys.executable, "-m", "nexus", "conformance", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=environment(**more),
    )


def environment(**more: str) -> dict[str, str]:
    """Return the environment in which other processes find this package."""
    return {**os.environ, "PYTHONPATH": str(Path(nexus.__file__).parents[1]), **more}


def marked(mark: str) -> list[str]:
    """Return the command lines of processes that have a text in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().decode(errors="replace"))
        except OSError:  # the process has ended, or belongs to another user
            continue
    return found


def assert_nothing_left(mark: str) -> None:
    """Wait until no process has a text in its environment."""
    end = time.monotonic() + PATIENCE / 10
    while left := marked(mark):
        assert time.monotonic() < end, left
        time.sleep(0.01)
