"""Turns the calls that a check made into programs that make them again."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from pathlib import Path

import nexus
from nexus.conformance.arguments import Address, Argument
from nexus.conformance.checks import Check
from nexus.conformance.emit import emit_c, emit_python
from nexus.conformance.kit import status_name
from nexus.conformance.trace import Handle, Step, Want
from nexus.conformance.worker import ABSENT, Entry

# A longer program helps nobody.
_MOST_CALLS = 400

_MAKERS = {
    "CreateBuffer": "buffer",
    "CreateLibrary": "library",
    "CreateLibraryFromFile": "library",
    "GetKernel": "kernel",
    "CreateEvent": "event",
    "CreateStream": "stream",
    "CreateSchedule": "schedule",
    "CreateCommand": "command",
    "CreateSignalCommand": "command",
    "CreateWaitCommand": "command",
}


def programs(plugin: str, check: Check, journal: Sequence[Entry], message: str) -> tuple[str, str]:
    """Return what a check did as a Python and a C program; empty where calls do not tell it.

    Parameters
    ----------
    plugin : str
        Path of the plugin.
    check : Check
        The check.
    journal : sequence of Entry
        The calls that it made.
    message : str
        What is wrong.
    """
    # An address is good in one process only.
    foreign = any(isinstance(item, Address) for entry in journal for item in entry.arguments)
    if foreign or not 0 < len(journal) <= _MOST_CALLS:
        return "", ""
    summary = f"{check.id}: {check.sentence}\n\n{message.splitlines()[0]}"
    steps = _steps(journal)
    return emit_python(steps, plugin, summary), emit_c(steps, plugin, summary)


def _steps(journal: Sequence[Entry]) -> list[Step]:
    """Return the calls, their handles by name; each must answer what it did answer."""
    names: dict[int, str] = {}
    steps = []
    for number, entry in enumerate(journal):
        places = _handle_places(entry.name)
        arguments: list[Argument] = [
            _named(argument, names) if place in places else argument
            for place, argument in enumerate(entry.arguments)
        ]
        kind = _MAKERS.get(entry.name, "")
        name = f"{kind}_{number}" if kind else ""
        steps.append(Step(entry.name, tuple(arguments), _want(entry), name))
        if kind and entry.value is not None and entry.value >= 0:
            names[entry.value] = name
    return steps


def _named(argument: Argument, names: dict[int, str]) -> Argument:
    known = isinstance(argument, int) and argument in names
    return Handle(int(argument), names[int(argument)]) if known else argument  # type: ignore[arg-type]


def _want(entry: Entry) -> Want:
    if entry.value is None or entry.value >= 0 or entry.value == ABSENT:
        return Want()
    name = status_name(entry.value)
    # A number that is no status is the failure itself.
    return Want() if name.startswith("-") else Want(frozenset({name}))


@functools.cache
def _handle_places(function: str) -> frozenset[int]:
    """Return which arguments of a function are handles, as the header names them."""
    header = Path(nexus.get_include(), "nexus-api", "_nxs_functions.h").read_text("utf-8")
    found = re.search(rf"^NEXUS_API_FUNC\(\w+, {function},([^)]*)\)", header, re.MULTILINE)
    parameters = found.group(1).split(",") if found else []
    kinds = "buffer|library|kernel|event|stream|schedule|command"
    return frozenset(
        place
        for place, parameter in enumerate(parameters)
        if re.fullmatch(rf"nxs_int ({kinds})_id", parameter.strip())
    )
