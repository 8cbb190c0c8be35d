"""Calls a plugin from several threads at once, in C: Python's threads take turns and hide races."""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st

from nexus._enums import event_command_settings, execution_settings, property, status
from nexus.conformance.harness.call_arguments import Layout, Out, Ref, SizeT
from nexus.conformance.harness.failures import Failure
from nexus.conformance.harness.journal import ABSENT
from nexus.conformance.harness.session import Session
from nexus.conformance.harness.trace import Handle, Step, Want
from nexus.conformance.harness.worker import Worker
from nexus.conformance.programs.recording import Control, Recording, recording

# A function without nxs, and its arguments.
Call = tuple[Any, ...]
Script = list[list[Call]]

_BUFFER = ("CreateBuffer", 0, Layout(0, [64]), None, 0)
_EVENT = ("CreateEvent", 0, 0, 0)
_STREAM = ("CreateStream", 0, 0)
_SCHEDULE = ("CreateSchedule", 0, 0)

# The objects that the threads share, and the calls that create them.
_SHARED: dict[str, Call] = {
    "buffer": _BUFFER,
    "event": _EVENT,
    "stream": _STREAM,
    "schedule": _SCHEDULE,
}

# Their places in LiveObjects.
_PLACES = {"buffer": 0, "event": 3, "stream": 4, "schedule": 5}
_KINDS = 7

_NON_BLOCKING = int(execution_settings.NonBlocking)
_PER_RUN = int(event_command_settings.PerRun)

# A race does not show each time, so a replay repeats the script.
_TIMES = 100

# Repetitions of a thread's calls.
_ROUNDS = 8
_STATUSES = frozenset(int(member) for member in status)


class Name(Handle):
    """A shared handle, which programs keep in a variable of this name."""

    def __repr__(self) -> str:
        return self.name


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
    """

    name: str
    message: str
    script: Script
    sanitize: tuple[str, ...]

    def recording(self, plugin: str) -> Recording:
        """Return the script, for ``nexus conformance --replay``, which runs it a hundred times."""
        made = [Step(*_made(step), Want(), name) for name, step in _SHARED.items()]
        script = Control("threads", (self.script,))
        return recording(
            [*made, script], plugin, self.message, sanitize=self.sanitize, times=_TIMES
        )


def _made(call: Call) -> tuple[str, tuple[Any, ...]]:
    return call[0], call[1:]


def _steps(shared: dict[str, Name]) -> st.SearchStrategy[list[Call]]:
    """Return a strategy for one thread's calls, on shared objects and on its own."""
    event, stream, schedule = shared["event"], shared["stream"], shared["schedule"]
    small = st.integers(-1, 5)
    counts = 8 * _KINDS
    each: list[st.SearchStrategy[list[Call]]] = [
        st.just([_BUFFER, ("ReleaseBuffer", Ref(0))]),
        st.just([_EVENT, ("SignalEvent", Ref(0), 3), ("ReleaseEvent", Ref(0))]),
        st.just([_STREAM, ("ReleaseStream", Ref(0))]),
        st.just([_SCHEDULE, ("RunSchedule", Ref(0), stream, 0), ("ReleaseSchedule", Ref(0))]),
        st.sampled_from([_BUFFER, _EVENT, _STREAM, _SCHEDULE]).map(lambda step: [step]),
        small.map(lambda value: [("SignalEvent", event, value)]),
        small.map(lambda value: [("WaitEventTimeout", event, value, 100_000)]),
        st.builds(
            lambda value, settings: [("CreateSignalCommand", schedule, event, value, settings)],
            small,
            st.sampled_from([0, _PER_RUN]),
        ),
        st.sampled_from([0, _NON_BLOCKING]).map(
            lambda flag: [("RunSchedule", schedule, stream, flag)]
        ),
        st.sampled_from([-1, -2]).map(
            lambda default: [("RunSchedule", schedule, default, _NON_BLOCKING)]
        ),
        st.just([("FillBuffer", shared["buffer"], b"\1\2\3\4", 4)]),
        st.just([("CopyBuffer", shared["buffer"], bytes(64), 1)]),
        st.just([("CopyBuffer", shared["buffer"], Out(64), 0)]),
        st.just([("GetRuntimeProperty", int(property.LiveObjects), Out(counts), SizeT(counts))]),
        st.just([("GetEventProperty", event, int(property.Value), Out(8), SizeT(8))]),
    ]
    release = st.sampled_from(sorted(shared)).map(
        lambda kind: [(f"Release{kind.capitalize()}", shared[kind])]
    )
    parts = st.lists(st.one_of(each), min_size=1, max_size=6)
    # Repeated, so that calls coincide; shared objects are released at the end, if at all.
    return st.builds(
        lambda work, end: _joined([*_repeated(work), *end]), parts, st.lists(release, max_size=1)
    )


def _repeated(work: list[list[Call]]) -> list[list[Call]]:
    """Return repetitions of the parts, with higher signals each time."""
    return [
        [(*step[:2], step[2] + 6 * turn) if step[0] == "SignalEvent" else step for step in part]
        for turn in range(_ROUNDS)
        for part in work
    ]


def _joined(parts: list[list[Call]]) -> list[Call]:
    """Return the concatenated parts, with references counted from the first call."""
    joined: list[Call] = []
    for part in parts:
        start = len(joined)
        joined += [
            tuple(Ref(item.index + start) if isinstance(item, Ref) else item for item in step)
            for step in part
        ]
    return joined


def _fault(
    script: Script,
    results: list[list[int]],
    live: tuple[int, ...] | None,
    before: tuple[int, ...] | None,
    event: int | None,
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
            if kind in _PLACES and name.startswith("Create") and value >= 0:
                change[_PLACES[kind]] += 1
            if name.startswith("Release") and value == 0:
                change[_PLACES[kind]] -= 1
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
        for kind, place in _PLACES.items():
            if live[place] != before[place] + change[place]:
                right = before[place] + change[place]
                return f"LiveObjects counts {live[place]} of kind {kind}, and {right} live"
    if signals and event is not None and event != highest:
        return f"the event stands at {event}, and was raised to {highest}"
    return ""


def _live(worker: Worker) -> tuple[int, ...] | None:
    size = 8 * _KINDS
    result = worker.call("GetRuntimeProperty", int(property.LiveObjects), Out(size), SizeT(size))
    return struct.unpack(f"={_KINDS}q", result.outs[0]) if result.value == 0 else None


def _event_value(worker: Worker, event: int) -> int | None:
    result = worker.call("GetEventProperty", event, int(property.Value), Out(8), SizeT(8))
    return int(struct.unpack("=q", result.outs[0])[0]) if result.value == 0 else None


def _try(session: Session, script: Script) -> list[ThreadFinding]:
    """Run a script on a new worker; return what is wrong, if anything."""
    with session.worker() as worker:
        shared = {kind: worker.call(*step).value for kind, step in _SHARED.items()}
        script = [
            [
                tuple(Name(shared[x.name], x.name) if isinstance(x, Name) else x for x in step)
                for step in steps
            ]
            for steps in script
        ]
        before = _live(worker)
        name = "threads"
        try:
            results = worker.control("threads", script, timeout=10.0)
            fault = _fault(
                script, results, _live(worker), before, _event_value(worker, shared["event"])
            )
        except Failure as error:
            fault, name = str(error), type(error).__name__
    return [ThreadFinding(name, fault, script, session.sanitize)] if fault else []


def fuzz_threads(
    session: Session, *, examples: int = 100, seed: int | None = None
) -> list[ThreadFinding]:
    """Run scripts of calls in threads of C, and judge all results.

    In any order of the calls, each returns a status, one release of a handle succeeds,
    ``LiveObjects`` is exact, and an event has the highest value that was signalled.

    Parameters
    ----------
    session : Session
        Starts the workers. With the sanitizer ``thread`` every data race is found.
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

    placeholders = {kind: Name(0, kind) for kind in _SHARED}

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        # Races seldom repeat, so scripts are not reduced.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(script=st.lists(_steps(placeholders), min_size=2, max_size=4))
    def example(script: Script) -> None:
        if not found:
            found.extend(_try(session, script))

    if seed is not None:
        hypothesis.seed(seed)(example)
    example()
    return found
