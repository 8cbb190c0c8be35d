"""Turns the calls of a check into programs that repeat them."""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import nexus
from nexus.conformance.harness.call_arguments import Address, Launch, with_handles
from nexus.conformance.harness.journal import ABSENT, Entry
from nexus.conformance.harness.registry import Check
from nexus.conformance.harness.session import Session
from nexus.conformance.harness.trace import Handle, Step, Want
from nexus.conformance.harness.values import status_name
from nexus.conformance.programs.emit_c import emit_c
from nexus.conformance.programs.notation import MEMORY, RIGHT, Place
from nexus.conformance.programs.recording import Control, Recording, recording

# Limits beyond which a program is too long to be of use.
_MOST_CALLS = 400
_MOST_TEXT = 400_000

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


# Operations that only observe, which the calls do not need.
_LOOKS = ("heap", "surroundings", "exports", "allocations")


class Programs(NamedTuple):
    """Reproductions of a failure.

    Attributes
    ----------
    recording : dict or None
        The calls, which ``nexus conformance --replay`` makes again.
    c : str
        A program in C; empty if there is none.
    missing : str
        Which reproduction is missing or incomplete, and why.
    """

    recording: Recording | None = None
    c: str = ""
    missing: str = ""


def programs(
    session: Session,
    check: Check,
    journal: Sequence[Entry],
    message: str,
    wanted: Want | None = None,
    ended: bool = False,
) -> Programs:
    """Return the calls of a check as a recording and a C program, or why there are none.

    The programs exit with 1 at a wrong answer. If the check found something else wrong, each call
    must repeat its answer, and the program ends with the check's message.

    Parameters
    ----------
    session : Session
        The session of the check.
    check : Check
        The check.
    journal : sequence of Entry
        Its calls.
    message : str
        What is wrong.
    wanted : Want, optional
        The right answer of the last call, if its status was wrong.
    ended : bool, optional
        Whether the plugin ended the process or hung. Without calls, loading the plugin or the exit
        did so, which a program without calls repeats.
    """
    calls = sum(not entry.control for entry in journal)
    if not journal and not ended:
        return Programs(missing="no program: the check made no call")
    if len(journal) > _MOST_CALLS:
        return Programs(missing=f"no program: one of {calls} calls would be too long to read")
    first = message.splitlines()[0]
    summary = f"{check.id}: {check.sentence}\n\n{first}"
    verdict = f"these calls were made when the check found: {first}"
    try:
        shown = _programs(session, journal, summary, verdict, wanted)
    except Exception as error:  # a program that cannot be written must not hide what is wrong
        return Programs(missing=f"no program: {type(error).__name__}: {error}")
    size = max(len(json.dumps(shown.recording)), len(shown.c))
    if size > _MOST_TEXT:
        return Programs(missing=f"no program: one of {size} characters would be too long to read")
    return shown


def _programs(
    session: Session, journal: Sequence[Entry], summary: str, verdict: str, wanted: Want | None
) -> Programs:
    # So that a program can be run anywhere; a name without a folder is searched for elsewhere.
    plugin = os.path.abspath(session.plugin)
    names = _names(journal)
    more = sorted({_what(e) for e in journal if e.control and e.name not in MEMORY})
    steps = _steps(journal, names)
    while wanted is not None and steps[-1].function == "GetLastErrorMessage" and len(steps) > 1:
        # The kit's query of the failure's message, not the check's.
        steps.pop()
    if wanted is not None:
        steps[-1].want, verdict = wanted, RIGHT
    recorded = recording(
        _recorded(journal, names, steps),
        *(plugin, summary),
        sanitize=session.sanitize,
        fork=session.fork,
        interpose=session.interpose,
        keep_scalars=session.keep_scalars,
        unique_handles=_are_unique(journal, names),
    )
    told = ", ".join(more)
    if (steps and all(name in _LOOKS for name in more)) or not more:
        c = emit_c(steps, plugin, summary, verdict)
        missing = f"the program in C makes the calls, but does not look at: {told}"
        return Programs(recorded, c, missing if more else "")
    return Programs(recorded, "", f"no program in C: these operations need the kit: {told}")


def _what(entry: Entry) -> str:
    return f"the probe {entry.arguments[0]}" if entry.name == "probe" else entry.name


def _names(journal: Sequence[Entry]) -> dict[int, str]:
    """Return the names of new handles and memory, by the entries' places in the journal."""
    kinds = {**_MAKERS, "allocate": "memory"}
    return {
        place: f"{kinds[entry.name]}_{place}"
        for place, entry in enumerate(journal)
        if entry.name in kinds
    }


def _steps(journal: Sequence[Entry], names: Mapping[int, str]) -> list[Step]:
    """Return the calls with named handles; each must repeat its answer."""
    handles: dict[int, str] = {}
    memory: dict[int, tuple[int, str]] = {}
    steps = []
    for place, entry in enumerate(journal):
        if entry.control and entry.name not in MEMORY:
            continue
        name = names.get(place, "")
        arguments = [
            _placed(argument, memory) for argument in _named(entry.name, entry.arguments, handles)
        ]
        if entry.control and entry.name != "allocate":
            arguments[0] = _placed(Address(entry.arguments[0]), memory)
        steps.append(Step(entry.name, tuple(arguments), _want(entry), name))
        if entry.name == "allocate" and entry.value is not None:
            memory[entry.value] = (entry.arguments[0], name)
        elif name and entry.value is not None and entry.value >= 0:
            handles[entry.value] = name
    return steps


def _placed(argument: Any, memory: Mapping[int, tuple[int, str]]) -> Any:
    """Return an address relative to memory that the program allocates, if it lies there."""
    if isinstance(argument, Address):
        for start, (size, name) in memory.items():
            if start <= argument.value < start + max(size, 1):
                return Place(name, argument.value - start)
    return argument


def _recorded(
    journal: Sequence[Entry], names: Mapping[int, str], steps: Sequence[Step]
) -> list[Step | Control]:
    """Return the calls, and the worker's other operations between them."""
    handles: dict[int, str] = {}
    left = list(steps)
    entries: list[Step | Control] = []
    for place, entry in enumerate(journal):
        name = names.get(place, "")
        if not entry.control or entry.name in MEMORY:
            if not left:
                break
            step = left.pop(0)
            entries.append(
                Control(step.function, step.arguments, step.makes) if entry.control else step
            )
            if name and not entry.control and entry.value is not None and entry.value >= 0:
                handles[entry.value] = name
            continue
        arguments: Sequence[Any] = entry.arguments
        if entry.name == "threads":
            arguments = [
                [
                    [(step[0], *_named(step[0], step[1:], handles)) for step in part]
                    for part in script
                ]
                for script in arguments
            ]
        elif entry.name in ("fork_call", "copy_call", "errno"):
            arguments = [arguments[0], *_named(arguments[0], arguments[1:], handles)]
        entries.append(Control(entry.name, tuple(arguments)))
    return entries


def _are_unique(journal: Sequence[Entry], names: Mapping[int, str]) -> bool:
    """Return whether the check went on with different handles; the last one may be its failure."""
    values = [journal[place].value for place in sorted(names) if not journal[place].control]
    return len(set(values[:-1])) == len(values[:-1])


def _named(function: str, arguments: Sequence[Any], handles: Mapping[int, str]) -> list[Any]:
    """Return a call's arguments, with handles by name."""

    def name(number: Any) -> Any:
        known = isinstance(number, int) and number in handles
        return Handle(int(number), handles[int(number)]) if known else number

    places = _handle_places(function)
    return [
        with_handles(argument, name)
        if place in places or isinstance(argument, Launch)
        else argument
        for place, argument in enumerate(arguments)
    ]


def _want(entry: Entry) -> Want:
    if entry.value is None or entry.value >= 0 or entry.value == ABSENT:
        return Want()
    name = status_name(entry.value)
    # An undefined status is the failure itself.
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
