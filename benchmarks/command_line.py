"""Whole runs of ``nexus``, compared with an interpreter that only imports NumPy."""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.harness import Goal, Report, interleave, processes, row

_NUMPY = "python -c 'import numpy'"
_DEVICES = "nexus devices"
_ON_TERMINAL = "nexus devices, on a terminal"
_OTHERS = ("info", "plugins", "db list", "db show sm_90", "--version")
_LIMIT = Goal(_NUMPY, 3)


def run(quick: bool) -> Report:
    """Time whole processes."""
    with processes() as process, _terminal() as (terminal, read):
        drawn = process("-m", "nexus", "devices", stdout=terminal)
        read()

        def draw() -> float:
            took = drawn()
            read()
            return took

        cases = {
            _NUMPY: process("-c", "import numpy"),
            _DEVICES: process("-m", "nexus", "devices"),
            _ON_TERMINAL: draw,
        }
        for command in _OTHERS:
            cases[f"nexus {command}"] = process("-m", "nexus", *command.split())
        samples = interleave(cases, 0, least=3 if quick else 21)
    numpy = samples.pop(_NUMPY)
    rows = [row(_NUMPY, "ms", numpy)]
    for name, taken in samples.items():
        goals = [_LIMIT] if name in (_DEVICES, _ON_TERMINAL) else []
        rows.append(row(name, "ms", taken, {_NUMPY: numpy}, *goals))
    return Report(rows)


@contextmanager
def _terminal() -> Iterator[tuple[int, Callable[[], None]]]:
    """Yield a pseudo-terminal, and a function that reads what was written to it."""
    ours, theirs = os.openpty()

    def read() -> None:
        while select.select([ours], [], [], 0)[0]:
            os.read(ours, 1 << 16)

    try:
        yield theirs, read
    finally:
        os.close(ours)
        os.close(theirs)
