"""The time that ``import nexus`` adds to ``import numpy``, in fresh processes."""

from __future__ import annotations

from benchmarks.harness import Goal, Report, interleave, processes, row

_STATEMENTS = (
    "import numpy",
    "import numpy, nexus",
    "import numpy, nexus; nexus.get_runtimes()",
)
_LIMIT_MS, _OPEN_LIMIT_MS = 8, 2


def run(quick: bool) -> Report:
    """Time whole processes."""
    with processes() as process:
        cases = {text: process("-c", text) for text in _STATEMENTS}
        samples = interleave(cases, 0, least=3 if quick else 41)
    rows = [row(text, "ms", taken) for text, taken in samples.items()]
    numpy, imported, opened = samples.values()
    goal = Goal("median", _LIMIT_MS)
    rows.append(row("added by import nexus", "ms", _added(numpy, imported), None, goal))
    opening = Goal("median", _OPEN_LIMIT_MS)
    rows.append(row("added by get_runtimes()", "ms", _added(imported, opened), None, opening))
    return Report(rows)


def _added(before: list[float], after: list[float]) -> list[float]:
    return [more - less for less, more in zip(before, after, strict=True)]
