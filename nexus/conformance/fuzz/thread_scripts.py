"""Random lists of calls for threads, on objects that they share and on their own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from nexus._enums import data_type, event_command_settings, execution_settings, property
from nexus.conformance.harness.call_arguments import (
    Dim3,
    Launch,
    LaunchArgument,
    Layout,
    Out,
    Ref,
    SizeT,
)
from nexus.conformance.harness.recipe import Recipe
from nexus.conformance.harness.trace import Handle

# A function without nxs, and its arguments.
Call = tuple[Any, ...]
Script = list[list[Call]]

# What launches write, as often as it fits into a buffer.
WRITTEN = b"\7\0\0\0"
SIZE = 64

_BUFFER = ("CreateBuffer", 0, Layout(0, [SIZE]), None, 0)
_EVENT = ("CreateEvent", 0, 0, 0)
_STREAM = ("CreateStream", 0, 0)
_SCHEDULE = ("CreateSchedule", 0, 0)

# Their places in LiveObjects.
PLACES = {"buffer": 0, "kernel": 2, "event": 3, "stream": 4, "schedule": 5}
KINDS = 7

_I32 = int(data_type.I32)
_NON_BLOCKING = int(execution_settings.NonBlocking)
_PER_RUN = int(event_command_settings.PerRun)

# Repetitions of a thread's calls.
_ROUNDS = 8


class Name(Handle):
    """A shared handle, which programs keep in a variable of this name."""

    def __repr__(self) -> str:
        return self.name


def shared_calls(recipe: Recipe | None) -> dict[str, Call]:
    """Return the objects that the threads share, and the calls that create them."""
    shared: dict[str, Call] = {
        "buffer": _BUFFER,
        "event": _EVENT,
        "stream": _STREAM,
        "schedule": _SCHEDULE,
    }
    if recipe is not None and "fill" in recipe.names:
        shared |= {
            "library": ("CreateLibrary", 0, recipe.image, len(recipe.image), 0),
            "kernel": ("GetKernel", Name(0, "library"), recipe.names["fill"]),
            # Only launches use it, on one stream, so its contents are known.
            "target": _BUFFER,
        }
    return shared


def _launch(shared: Mapping[str, Name], settings: int) -> Call:
    """Return a launch that writes to the whole target."""
    count = (SIZE // 4).to_bytes(4, sys.byteorder)
    scalars = (LaunchArgument(value, data_type=_I32) for value in (WRITTEN, count))
    launch = Launch(Dim3(4), Dim3(4), [LaunchArgument(buffer=shared["target"]), *scalars])
    return ("Launch", shared["kernel"], shared["stream"], launch, settings)


def thread_calls(shared: dict[str, Name]) -> st.SearchStrategy[list[Call]]:
    """Return a strategy for one thread's calls, on shared objects and on its own."""
    event, stream, schedule = shared["event"], shared["stream"], shared["schedule"]
    small = st.integers(-1, 5)
    counts = 8 * KINDS
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
    if "kernel" in shared:
        each.append(st.sampled_from([0, _NON_BLOCKING]).map(lambda flag: [_launch(shared, flag)]))
    release = st.sampled_from(sorted(PLACES.keys() & shared.keys())).map(
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
