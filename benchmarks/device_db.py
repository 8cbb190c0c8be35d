"""The cost of the device database: the first lookup of a record, and later ones."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable

import nexus
from benchmarks.harness import Goal, Report, interleave, per_call, row, with_compiled_modules

_NAME = "nvidia-gpu-sm_90"
_FIRST_MS = 5
_REPEATED_NS = 1000
# In a process of its own, because only the first lookup reads files.
_FIRST = """
import nexus
from time import perf_counter
begin = perf_counter()
nexus.lookup_device_info({name!r})
print((perf_counter() - begin) * 1e3)
"""


def run(quick: bool) -> Report:
    """Time first lookups in fresh processes, later ones in this process."""
    names = {"first lookup by file name": _NAME, "first lookup by alias": "Hopper"}
    with tempfile.TemporaryDirectory() as folder:
        environment = with_compiled_modules(folder)
        cases = {what: _first(name, environment) for what, name in names.items()}
        for take in cases.values():
            take()
        samples = interleave(cases, 0, least=3 if quick else 41)
    goals: tuple[list[Goal], ...] = ([Goal("median", _FIRST_MS)], [])
    rows = [
        row(what, "ms", taken, None, *limits)
        for (what, taken), limits in zip(samples.items(), goals, strict=True)
    ]

    scope = {"nexus": nexus, "device": nexus.get_runtimes()[0].get_devices()[0]}
    scope["info"] = nexus.lookup_device_info(_NAME)
    path = '["MemorySubsystem", "MemoryTypes", 1, "Size"]'
    statements = {
        "lookup by file name": f"nexus.lookup_device_info({_NAME!r})",
        "lookup by alias": "nexus.lookup_device_info('Hopper')",
        "get_device_info()[name]": f"nexus.get_device_info()[{_NAME!r}]",
        "info.get_int(name)": "info.get_int('ReleaseYear')",
        "info.get_int(path)": f"info.get_int({path})",
        "device.get_property_int(path)": f"device.get_property_int({path})",
        "device.get_info()": "device.get_info()",
    }
    for statement in statements.values():
        exec(statement, scope)  # The first lookup takes longer and is measured separately.
    timers = {name: per_call(statement, scope) for name, statement in statements.items()}
    samples = interleave(timers, 0.05 if quick else 5)
    goal = Goal("median", _REPEATED_NS)
    rows += [
        row(name, "ns", taken, None, *([goal] if "lookup" in name else []))
        for name, taken in samples.items()
    ]
    return Report(rows, [f"{len(nexus.get_device_info())} records"])


def _first(name: str, environment: dict[str, str]) -> Callable[[], float]:
    command = [sys.executable, "-c", _FIRST.format(name=name)]

    def take() -> float:
        done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
        return float(done.stdout)

    return take
