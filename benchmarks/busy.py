"""A launch of 64 Ki elements while other processes keep the cores busy."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.cpu_engine import built, races, rows_of
from benchmarks.harness import Goal, Report

_ELEMENTS = 1 << 16
_LIMIT_US = 100


def run(quick: bool) -> Report:
    """Time vector addition beside no, one, and one busy process per core."""
    rows = []
    with built() as engine:
        for count in sorted({0, 1, os.cpu_count() or 1}):
            with _busy_processes(count):
                (race,) = races(engine, 0.1 if quick else 5, _ELEMENTS, "add")
            name = f"add 64 Ki beside {count} busy"
            rows += rows_of(name, race, Goal("median", _LIMIT_US))
    return Report(rows)


@contextmanager
def _busy_processes(count: int) -> Iterator[None]:
    command = [sys.executable, "-S", "-c", "print(flush=True)\nwhile True: pass"]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(count)]
    try:
        for process in processes:
            assert process.stdout is not None
            # Its first output means that it has started.
            process.stdout.readline()
        yield
    finally:
        for process in processes:
            process.kill()
            process.communicate()
