"""What ``import nexus`` adds to ``import numpy``, in a fresh process each time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from time import perf_counter

from benchmarks.harness import Goal, Report, interleave, row

_STATEMENTS = {
    "import numpy": "import numpy",
    "import numpy, nexus": "import numpy, nexus",
    "... and nexus.get_runtimes()": "import numpy, nexus; nexus.get_runtimes()",
}
_LIMIT_MS = 40


def run(quick: bool) -> Report:
    """Time whole processes, from their start to their end."""
    cases = {name: _process(text) for name, text in _STATEMENTS.items()}
    for take in cases.values():
        take()
    samples = interleave(cases, 0, least=3 if quick else 31)
    base, more, most = samples.values()
    rows = [row(name, "ms", taken) for name, taken in samples.items()]
    added = [b - a for a, b in zip(base, more, strict=True)]
    opened = [b - a for a, b in zip(more, most, strict=True)]
    rows.append(row("added by nexus", "ms", added, goal=Goal("median", _LIMIT_MS)))
    rows.append(row("added by nexus.get_runtimes()", "ms", opened))
    return Report(rows)


def _process(text: str) -> Callable[[], float]:
    def take() -> float:
        begin = perf_counter()
        subprocess.run([sys.executable, "-c", text], check=True)
        return (perf_counter() - begin) * 1e3

    return take
