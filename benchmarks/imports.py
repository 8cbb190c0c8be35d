"""What ``import nexus`` adds to ``import numpy``, in a fresh process each time."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from time import perf_counter

from benchmarks.harness import Goal, Report, interleave, row, with_compiled_modules

_STATEMENTS = (
    "import numpy",
    "import numpy, nexus",
    "import numpy, nexus; nexus.get_runtimes()",
)
_LIMIT_MS = 40


def run(quick: bool) -> Report:
    """Time whole processes, from their start to their end."""
    with tempfile.TemporaryDirectory() as folder:
        environment = with_compiled_modules(folder)
        cases = {text: _process(text, environment) for text in _STATEMENTS}
        for take in cases.values():
            take()
        samples = interleave(cases, 0, least=3 if quick else 41)
    rows = [row(text, "ms", taken) for text, taken in samples.items()]
    numpy, imported, opened = samples.values()
    goal = Goal("median", _LIMIT_MS)
    rows.append(row("added by import nexus", "ms", _added(numpy, imported), goal=goal))
    rows.append(row("added by nexus.get_runtimes()", "ms", _added(imported, opened)))
    return Report(rows)


def _added(before: list[float], after: list[float]) -> list[float]:
    return [more - less for less, more in zip(before, after, strict=True)]


def _process(text: str, environment: dict[str, str]) -> Callable[[], float]:
    def take() -> float:
        begin = perf_counter()
        subprocess.run([sys.executable, "-c", text], check=True, env=environment)
        return (perf_counter() - begin) * 1e3

    return take
