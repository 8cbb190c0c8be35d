"""Threads: every function may be called from any thread at any time.

The calls are made by threads of C, since Python's take turns.
"""

from __future__ import annotations

from typing import Any

from nexus.conformance.checks.support.subjects import (
    KINDS,
    SIZE,
    create,
    live_if_told,
    makes,
    one_of_each,
    releasable,
)
from nexus.conformance.checks.support.work import (
    NON_BLOCKING,
    command,
    int_buffer,
    new_event,
    new_schedule,
    read_ints,
    signal_in,
)
from nexus.conformance.harness.call_arguments import Layout, Out, Ref, SizeT
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name

_THREADS = 4
_ROUNDS = 60
_PATIENCE = 30.0

Call = tuple[Any, ...]


def _all_succeed(kit: Kit, script: list[list[Call]]) -> None:
    for calls, values in zip(script, kit.threads(script, _PATIENCE), strict=True):
        for call, value in zip(calls, values, strict=True):
            assert value >= 0, (
                f"with {len(script)} threads at it, {call[0]} gives {status_name(value)}"
            )


def _life(kit: Kit, rounds: int) -> list[Call]:
    """Return calls that create, use and release objects."""
    events = makes(kit, "event") and kit.has("WaitEvent")
    calls: list[Call] = []
    for _ in range(rounds):
        first = len(calls)
        buffer, schedule, stream, event = (Ref(first + i) for i in range(4))
        calls += [
            ("CreateBuffer", 0, Layout(0, [SIZE]), None, 0),
            ("CreateSchedule", 0, 0),
            ("CreateStream", 0, 0),
            *([("CreateEvent", 0, 0, 0)] if events else []),
            ("CopyBuffer", buffer, bytes(SIZE), 1),
            *([("CreateSignalCommand", schedule, event, 1, 0)] if events else []),
            ("RunSchedule", schedule, -1, 0),
            ("RunSchedule", schedule, stream, NON_BLOCKING),
            *([("WaitEvent", event, 1)] if events else []),
            ("CopyBuffer", buffer, Out(SIZE), 0),
            ("ReleaseStream", stream),
            ("ReleaseSchedule", schedule),
            *([("ReleaseEvent", event)] if events else []),
            ("ReleaseBuffer", buffer),
        ]
    return calls


@check(
    "thread.create_use_release",
    "Threads create, use and release objects without affecting each other.",
    function="CreateBuffer",
    needs=("CreateStream", "ReleaseStream", "ReleaseSchedule", "ReleaseBuffer"),
)
def create_use_release(kit: Kit) -> None:
    before = live_if_told(kit)
    _all_succeed(kit, [_life(kit, _ROUNDS) for _ in range(_THREADS)])
    assert live_if_told(kit) == before, "objects are left behind"


@check(
    "thread.racing_release",
    "One of several racing releases gets Success, the others the kind's Invalid status.",
    function="ReleaseBuffer",
    root="buffer.double_release",
)
def racing_release(kit: Kit) -> None:
    for kind in releasable(kit):
        count = 20 if kind in ("stream", "library") else 150
        parents = one_of_each(kit)
        before = live_if_told(kit)
        handles = [create(kit, kind, parents) for _ in range(count)]
        calls = [(KINDS[kind].release, handle) for handle in handles]
        results = kit.threads([calls] * _THREADS, _PATIENCE)
        for values in zip(*results, strict=True):
            names = sorted(status_name(value) for value in values)
            right = sorted(["Success", *[KINDS[kind].invalid] * (_THREADS - 1)])
            assert names == right, f"{_THREADS} threads release a {kind}: {', '.join(names)}"
        after = live_if_told(kit)
        assert after == before, f"racing releases of each {kind} leave {after}, before {before}"


@check(
    "thread.release_elsewhere",
    "Objects of one thread can be used and released by another.",
    function="ReleaseBuffer",
)
def release_elsewhere(kit: Kit) -> None:
    for kind in releasable(kit):
        handles = [create(kit, kind) for _ in range(6)]
        _all_succeed(kit, [[(KINDS[kind].release, handle)] for handle in handles])


@check(
    "thread.counters",
    "LiveObjects is exact after threads have created and released.",
    function="GetRuntimeProperty",
    needs=("full",),
)
def counters(kit: Kit) -> None:
    before, rounds = kit.live(), 300
    script: list[list[Call]] = []
    for _ in range(_THREADS):
        calls: list[Call] = []
        for _ in range(rounds):
            first = len(calls)
            calls += [
                ("CreateEvent", 0, 0, 0),
                ("CreateEvent", 0, 0, 0),
                ("CreateBuffer", 0, Layout(0, [8]), None, 0),
                ("ReleaseEvent", Ref(first)),
                ("ReleaseBuffer", Ref(first + 2)),
            ]
        script.append(calls)
    _all_succeed(kit, script)
    expected = (*before[:3], before[3] + _THREADS * rounds, *before[4:])
    assert kit.live() == expected, f"LiveObjects is {kit.live()}, and {expected} is right"


@check(
    "thread.unique",
    "Threads that create objects at once get different handles.",
    function="CreateEvent",
    needs=("CreateEvent",),
    root="handle.many",
)
def unique(kit: Kit) -> None:
    for _ in range(4):
        script: list[list[Call]] = [[("CreateEvent", 0, 0, 0)] * 500 for _ in range(_THREADS)]
        handles = [value for values in kit.threads(script, _PATIENCE) for value in values]
        assert min(handles) >= 0, f"CreateEvent gives {status_name(min(handles))}"
        twice = len(handles) - len(set(handles))
        assert twice == 0, f"{twice} of {len(handles)} handles were given twice"


@check(
    "thread.same_event",
    "An event that several threads raise ends at the highest value.",
    function="SignalEvent",
)
def same_event(kit: Kit) -> None:
    # A lost signal shows only at the end of a script, so many short scripts find more.
    for _ in range(20):
        event, most = new_event(kit), 1000
        script: list[list[Call]] = [
            [("SignalEvent", event, value) for value in range(1 + thread, most + 1, _THREADS)]
            for thread in range(_THREADS)
        ]
        script.append([("WaitEvent", event, most)])
        _all_succeed(kit, script)
        if kit.has("WaitEventTimeout"):
            more = kit.worker.call("WaitEventTimeout", event, most + 1, 0).value
            assert more != 0, f"an event raised to {most} has reached {most + 1}"
            kit.ok("WaitEventTimeout", event, most, 0)


@check(
    "thread.same_buffer",
    "A concurrent fill and copy of one buffer do not mix.",
    function="FillBuffer",
    needs=("FillBuffer",),
)
def same_buffer(kit: Kit) -> None:
    size = 1 << 16
    buffer = kit.ok("CreateBuffer", 0, Layout(0, [size]), None, 0)
    script: list[list[Call]] = [
        [("FillBuffer", buffer, bytes([thread + 1]), 1)] * 40 for thread in range(_THREADS)
    ]
    for _ in range(5):
        _all_succeed(kit, script)
        found = set(kit.read(buffer))
        assert len(found) == 1, f"after fills of single bytes the buffer has {sorted(found)} in it"


@check(
    "thread.same_schedule",
    "A schedule that several threads run at once runs once for each.",
    function="RunSchedule",
)
def same_schedule(kit: Kit) -> None:
    schedule, buffer, event = new_schedule(kit), int_buffer(kit, [0] * 64), new_event(kit)
    command(kit, schedule, "fill", [buffer], [9, 64])
    signal_in(kit, schedule, event)
    _all_succeed(kit, [[("RunSchedule", schedule, -1, 0)] * 50 for _ in range(_THREADS)])
    assert read_ints(kit, buffer, 64)[0] == 9, "the work was not done"
    kit.ok("WaitEvent", event, 1)


@check(
    "thread.last_error",
    "Each thread has its own last error message.",
    function="GetLastErrorMessage",
    needs=("full",),
)
def last_error(kit: Kit) -> None:
    # An empty message is one byte, so a larger size means that there is a text.
    ask = ("GetLastErrorMessage", Out(1), SizeT(1))
    event = new_event(kit)
    fails = [ask, ("ReleaseBuffer", -7), ("SignalEvent", event, 1), ask]
    works = [ask, ("WaitEvent", event, 1), ask]
    failed, worked = kit.threads([list(fails), list(works)], _PATIENCE)
    names = [status_name(value) for value in (failed[0], worked[0])]
    assert names == ["Success"] * 2, "a new thread has a message of a failure"
    assert status_name(failed[3]) == "InvalidArgSize", "a failure left no message in its thread"
    assert worked[2] == 0, "a failure in one thread left a message in another"
