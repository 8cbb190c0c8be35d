"""Calls a plugin from several threads at once, in C: Python's threads take turns and hide races."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st

from nexus._enums import property, status
from nexus.conformance.fuzz.thread_scripts import (
    KINDS,
    PLACES,
    SIZE,
    WRITTEN,
    Call,
    Name,
    Script,
    shared_calls,
    thread_calls,
)
from nexus.conformance.harness.call_arguments import Out, Ref, SizeT, with_handles
from nexus.conformance.harness.failures import Failure
from nexus.conformance.harness.journal import ABSENT
from nexus.conformance.harness.recipe import Recipe
from nexus.conformance.harness.session import Session
from nexus.conformance.harness.trace import Step, Want
from nexus.conformance.harness.worker import Worker
from nexus.conformance.programs.recording import Control, Recording, recording

# A race does not show each time, so a replay repeats the script.
_TIMES = 100

_STATUSES = frozenset(int(member) for member in status)


@dataclass
class ThreadFinding:
    """A script that shows something wrong.

    Attributes
    ----------
    name : str
        What failed.
    message : str
        What is wrong, in words.
    script : list
        The calls of each thread.
    sanitize : tuple of str
        The sanitizers of the run that found it.
    shared : mapping
        The calls that create the shared objects.
    """

    name: str
    message: str
    script: Script
    sanitize: tuple[str, ...]
    shared: Mapping[str, Call]

    def recording(self, plugin: str) -> Recording:
        """Return the script, for ``nexus conformance --replay``, which runs it a hundred times."""
        made = [Step(*_made(step), Want(), name) for name, step in self.shared.items()]
        script = Control("threads", (self.script,))
        return recording(
            [*made, script], plugin, self.message, sanitize=self.sanitize, times=_TIMES
        )


def _made(call: Call) -> tuple[str, tuple[Any, ...]]:
    return call[0], call[1:]


def _fault(
    script: Script,
    results: list[list[int]],
    live: tuple[int, ...] | None,
    before: tuple[int, ...] | None,
    event: int | None,
    target: bytes | None,
) -> str:
    """Return what is wrong with the results; empty if nothing is."""
    released: Counter[int] = Counter()
    change: Counter[int] = Counter()
    highest, signals = 0, True
    for steps, values in zip(script, results, strict=True):
        for step, value in zip(steps, values, strict=True):
            name, *arguments = step
            if value == ABSENT:
                continue
            if value < 0 and value not in _STATUSES:
                return f"nxs{name} gave {value}, which is not a status"
            kind = name.removeprefix("Create").removeprefix("Release").lower()
            if kind in PLACES and name.startswith("Create") and value >= 0:
                change[PLACES[kind]] += 1
            if name.startswith("Release") and value == 0:
                change[PLACES[kind]] -= 1
                if isinstance(arguments[0], Name):
                    released[arguments[0]] += 1
                    signals &= arguments[0].name not in ("event", "schedule")
            if name == "SignalEvent" and isinstance(arguments[0], Name) and value == 0:
                highest = max(highest, arguments[1])
            # The value that a schedule signalled depends on its commands at that time.
            signals &= name != "CreateSignalCommand"
            if name.startswith("Release") and isinstance(arguments[0], Ref) and value != 0:
                return f"nxs{name} of the thread's own handle gave {value}"
    twice = [handle for handle, count in released.items() if count > 1]
    if twice:
        return f"{released[twice[0]]} threads released the same {twice[0]!r} with success"
    if live is not None and before is not None:
        for kind, place in PLACES.items():
            if live[place] != before[place] + change[place]:
                right = before[place] + change[place]
                return f"LiveObjects counts {live[place]} of kind {kind}, and {right} live"
    launched = any(
        step[0] == "Launch" and value == 0
        for steps, values in zip(script, results, strict=True)
        for step, value in zip(steps, values, strict=True)
    )
    written = WRITTEN * (SIZE // len(WRITTEN)) if launched else bytes(SIZE)
    if target is not None and target != written:
        return f"launches wrote {target.hex(' ')}, and {written.hex(' ')} is right"
    if signals and event is not None and event != highest:
        return f"the event stands at {event}, and was raised to {highest}"
    return ""


def _live(worker: Worker) -> tuple[int, ...] | None:
    size = 8 * KINDS
    result = worker.call("GetRuntimeProperty", int(property.LiveObjects), Out(size), SizeT(size))
    return struct.unpack(f"={KINDS}q", result.outs[0]) if result.value == 0 else None


def _event_value(worker: Worker, event: int) -> int | None:
    result = worker.call("GetEventProperty", event, int(property.Value), Out(8), SizeT(8))
    return int(struct.unpack("=q", result.outs[0])[0]) if result.value == 0 else None


def _contents(worker: Worker, buffer: int | None) -> bytes | None:
    if buffer is None:
        return None
    result = worker.call("CopyBuffer", buffer, Out(SIZE), 0)
    return result.outs[0] if result.value == 0 else None


def _try(session: Session, script: Script, made: Mapping[str, Call]) -> list[ThreadFinding]:
    """Run a script on a new worker; return what is wrong, if anything."""
    with session.worker() as worker:
        shared: dict[str, int] = {}

        def renew(value: Any) -> Any:
            return Name(shared[value.name], value.name) if isinstance(value, Name) else value

        def renewed(call: Call) -> Call:
            return tuple(with_handles(argument, renew) for argument in call)

        for kind, call in made.items():
            shared[kind] = worker.call(*renewed(call)).value
        script = [[renewed(call) for call in calls] for calls in script]
        before = _live(worker)
        name = "threads"
        try:
            results = worker.control("threads", script, timeout=10.0)
            fault = _fault(
                *(script, results, _live(worker), before),
                *(_event_value(worker, shared["event"]), _contents(worker, shared.get("target"))),
            )
        except Failure as error:
            fault, name = str(error), type(error).__name__
    return [ThreadFinding(name, fault, script, session.sanitize, made)] if fault else []


def fuzz_threads(
    session: Session, recipe: Recipe | None = None, *, examples: int = 100, seed: int | None = None
) -> list[ThreadFinding]:
    """Run scripts of calls in threads of C, and judge all results.

    In any order of the calls, each returns a status, one release of a handle succeeds,
    ``LiveObjects`` is exact, and an event has the highest value that was signalled.

    Parameters
    ----------
    session : Session
        Starts the workers. With the sanitizer ``thread`` every data race is found.
    recipe : Recipe, optional
        The kernel fill; without it nothing is launched.
    examples : int, optional
        Number of scripts.
    seed : int, optional
        Seed that repeats the scripts.

    Returns
    -------
    list of ThreadFinding
        The first script that shows a failure, if any.
    """
    found: list[ThreadFinding] = []

    made = shared_calls(recipe)
    placeholders = {kind: Name(0, kind) for kind in made}

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        # Races seldom repeat, so scripts are not reduced.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(script=st.lists(thread_calls(placeholders), min_size=2, max_size=4))
    def example(script: Script) -> None:
        if not found:
            found.extend(_try(session, script, made))

    if seed is not None:
        hypothesis.seed(seed)(example)
    example()
    return found
