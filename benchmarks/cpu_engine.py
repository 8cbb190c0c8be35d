"""Launches of the CPU plugin, compared with the same loops in plain C with OpenMP."""

from __future__ import annotations

import json
import os
import platform
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nexus
from benchmarks import compiler
from benchmarks.harness import Goal, Report, Row, row

OPENMP = "OpenMP"
_SOURCES = Path(__file__).parent / "cpu"
_LIMIT, _LAUNCH_LIMIT = 1.15, 2.0


def run(quick: bool) -> Report:
    """Time an empty launch, and vector addition, mandelbrot and a reduction in three sizes."""
    rows = []
    with built() as engine:
        for race in races(engine, 0.05 if quick else 3, 1 << 16 if quick else 1 << 24):
            empty = race["loop"] == "nothing"
            name = "empty launch" if empty else f"{race['loop']} {_size(race['n'])}"
            goal = Goal(OPENMP, _LAUNCH_LIMIT if empty else _LIMIT)
            rows += rows_of(name, race, goal)
    return Report(rows)


@contextmanager
def built() -> Iterator[Path]:
    """Compile engine.c; the program exists within the context.

    Raises
    ------
    CannotRunError
        If the compiler cannot make OpenMP programs.
    """
    with tempfile.TemporaryDirectory() as folder:
        yield compiler.compile_file(_SOURCES / "engine.c", Path(folder, "engine"), *_options())


def races(
    engine: Path, seconds: float, elements: int, loop: str | None = None
) -> Iterator[dict[str, Any]]:
    """Run the engine and return what it prints for each loop and size.

    Parameters
    ----------
    engine : Path
        The program.
    seconds : float
        For each.
    elements : int
        The largest size, a power of two from 2**16 on.
    loop : str, optional
        The only one to run.
    """
    plugin = nexus.get_runtime("cpu").path
    kernels = str(_SOURCES / "kernels.c")
    command = [str(engine), plugin, kernels, str(seconds), str(elements), *([loop] if loop else [])]
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return map(json.loads, made.stdout.splitlines())


def rows_of(name: str, race: dict[str, Any], goal: Goal) -> list[Row]:
    """Return the rows of both sides in one comparison of the engine.

    Their samples are the medians of blocks of calls, 10 ms each, so that a slow time counts as much
    as a fast one, in which there are more calls; least and p99 are of single calls.
    """
    nexus, openmp = race["nexus"], race["openmp"]
    against = {OPENMP: openmp["medians"]}
    made = [
        row(f"Nexus: {name}", "us", nexus["medians"], against, goal),
        row(f"{OPENMP}: {name}", "us", openmp["medians"]),
    ]
    for one, side in zip(made, (nexus, openmp), strict=True):
        one.minimum, one.p99, one.count = side["minimum"], side["p99"], side["count"]
    return made


def _options() -> list[str]:
    """Return the flags that the CPU plugin compiles kernels with, and those of OpenMP."""
    lanes = nexus.get_runtime("cpu").get_device(0).get_property_int("SIMDSize")
    wide = platform.machine() == "x86_64" and lanes == 16
    return [
        *("-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-std=gnu11"),
        *(["-mprefer-vector-width=512"] if wide else []),
        *shlex.split(os.environ.get("NEXUS_CPU_CFLAGS", "")),
        *("-fopenmp", f"-I{nexus.get_include()}", "-ldl"),
    ]


def _size(n: int) -> str:
    return f"{n >> 20} Mi" if n >= 1 << 20 else f"{n >> 10} Ki"
