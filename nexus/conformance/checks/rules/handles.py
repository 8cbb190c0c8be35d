"""Handles of every kind: valid ones are accepted, all others refused."""

from __future__ import annotations

import random
import time
from typing import Any

from nexus.conformance.checks.support.subjects import (
    INT_MAX,
    INT_MIN,
    KINDS,
    SIZE,
    create,
    has_kernels,
    live_if_told,
    makes,
    one_of_each,
    permutations,
    refused_everywhere,
    releasable,
)
from nexus.conformance.harness.call_arguments import Layout, encode
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name

_REUSES = 10_000
# With 250 of the orders, each four kinds are released in each order of theirs.
_ORDERS = 250
# Growth of the heap, in bytes per object, that is attributed to caches rather than a leak.
_CACHE = 8.0


def _calls(kit: Kit) -> dict[str, tuple[str, list[Any]]]:
    """Return how to make an object of each kind whose parents exist."""
    calls: dict[str, tuple[str, list[Any]]] = {
        "buffer": ("CreateBuffer", [0, encode(Layout(0, [SIZE])), None, 0]),
        "event": ("CreateEvent", [0, 0, 0]),
        "stream": ("CreateStream", [0, 0]),
        "schedule": ("CreateSchedule", [0, 0]),
    }
    kinds = releasable(kit)
    if makes(kit, "event"):
        owner, event = create(kit, "schedule"), create(kit, "event")
        calls["command"] = ("CreateSignalCommand", [owner, event, 1, 0])
    if "kernel" in kinds:
        name = encode(kit.kernel_name("add"))
        calls["kernel"] = ("GetKernel", [create(kit, "library"), name])
    return {kind: call for kind, call in calls.items() if kind in kinds}


@check("handle.released", "Every function refuses a released handle.", function="ReleaseBuffer")
def released(kit: Kit) -> None:
    for kind in releasable(kit):
        live = one_of_each(kit)
        handle = live.pop(kind)
        kit.ok(KINDS[kind].release, handle)
        others = one_of_each(kit)
        with_others = {name: others[name] for name in live} | {kind: others[kind]}
        refused_everywhere(kit, kind, handle, with_others)


@check(
    "handle.made_up",
    "Every function refuses negative, random and never-issued handles.",
    function="ReleaseBuffer",
)
def made_up(kit: Kit) -> None:
    live = one_of_each(kit)
    before = live_if_told(kit)
    source = random.Random(1)
    wild = [source.randrange(1 << bits) for bits in range(1, 32) for _ in range(2)]
    near = [handle + step for handle in live.values() for step in (-1, 1, 1 << 16, 1 << 21)]
    for kind in KINDS:
        for handle in (INT_MIN, INT_MIN + 1, -2, -1, INT_MAX, *wild, *near):
            if handle in live.values() or not INT_MIN <= handle <= INT_MAX:
                continue
            # -1 is the device's default stream.
            but = ("RunSchedule",) if kind == "stream" and handle == -1 else ()
            refused_everywhere(kit, kind, handle, live, but)
    assert live_if_told(kit) == before, "calls with made up handles changed the objects"


@check(
    "handle.other_kind",
    "Every function refuses live handles of other kinds, which stay valid.",
    function="ReleaseBuffer",
    root="handle.released",
)
def other_kind(kit: Kit) -> None:
    live = one_of_each(kit)
    before = live_if_told(kit)
    for kind in KINDS:
        for other, handle in live.items():
            if other != kind and (kind, other) != ("schedule", "empty"):
                refused_everywhere(kit, kind, handle, live)
    assert live_if_told(kit) == before, "calls with handles of other kinds changed the objects"
    # The index of a device is not a handle either.
    for kind in KINDS:
        if 0 not in live.values():
            refused_everywhere(kit, kind, 0, live)


@check(
    "handle.after_reuse",
    "A released handle is refused, however often its slot is reused.",
    function="CreateBuffer",
    root="handle.released",
)
def after_reuse(kit: Kit) -> None:
    for kind, (name, arguments) in _calls(kit).items():
        count = _REUSES if kind != "stream" else _REUSES // 10
        # A schedule keeps its commands until it ends.
        count = min(count, 2000) if kind == "command" else count
        call = ("reuse", name, arguments, KINDS[kind].release, count)
        wrong = kit.worker.control("probe", *call, timeout=30)
        assert not wrong, f"{kind}: {wrong}"


@check(
    "handle.unique",
    "No live handle is issued again, across all kinds.",
    function="CreateBuffer",
    root="handle.many",
)
def unique(kit: Kit) -> None:
    count, owner = 1000, dict[int, str]()
    for kind, (name, arguments) in _calls(kit).items():
        number = count if kind != "stream" else 8
        for handle in kit.worker.control("probe", "create_many", name, arguments, number):
            if handle < 0 and kind == "stream":
                continue
            assert handle >= 0, f"{name} gives {status_name(handle)}"
            before = owner.setdefault(handle, kind)
            assert before is kind, f"{handle} is the handle of a live {before} and of a {kind}"
            owner[handle] = f"{kind} "


@check(
    "handle.not_negative",
    "A creation returns a handle of 0 or more, or a status.",
    function="CreateBuffer",
)
def not_negative(kit: Kit) -> None:
    for kind in releasable(kit):
        for _ in range(3):
            handle = create(kit, kind)
            assert 0 <= handle <= INT_MAX, f"a {kind} has the handle {handle}"
    for index in (-1, kit.devices):
        for name, *arguments in (
            ("CreateBuffer", Layout(0, [4]), None, 0),
            ("CreateEvent", 0, 0),
            ("CreateStream", 0),
            ("CreateSchedule", 0),
        ):
            if not kit.has(str(name)):
                continue
            value = kit.worker.call(str(name), index, *arguments).value
            assert value < 0, f"{name} on device {index} gives the handle {value}"
            got = status_name(value)
            assert not got[0].isdigit() and got[0] != "-", f"{name} gives {got}"  # noqa: PT018


@check(
    "handle.release_orders",
    "Objects that depend on each other can be released in any order; none is left.",
    function="ReleaseBuffer",
)
def release_orders(kit: Kit) -> None:
    kinds = [kind for kind in KINDS if kind in releasable(kit)]
    ends = {"kernel": "library", "command": "schedule"}
    before = live_if_told(kit)
    for order in permutations(kinds, _ORDERS):
        live = one_of_each(kit)
        if "kernel" in live:
            kit.ok("SetCommandArgument", live["command"], 0, live["buffer"], None, 0)
        gone: set[str] = set()
        for kind in order:
            got = status_name(kit.worker.call(KINDS[kind].release, live[kind]).value)
            expected = KINDS[kind].invalid if ends.get(kind) in gone else "Success"
            assert got == expected, f"releasing {' '.join(order)}: the {kind} gives {got}"
            gone.add(kind)
        kit.ok("ReleaseSchedule", live["empty"])
        after = live_if_told(kit)
        assert after == before, f"after releasing {' '.join(order)} there live {after}"


@check(
    "handle.release_frees",
    "Creating and releasing objects does not grow the heap.",
    function="ReleaseBuffer",
    root="handle.after_reuse",
)
def release_frees(kit: Kit) -> None:
    for kind, (name, arguments) in _calls(kit).items():
        # A schedule keeps its commands until it ends.
        if kind == "command":
            continue
        count = 200 if kind == "stream" else 5000
        call = ("probe", "reuse", name, arguments, KINDS[kind].release, count)
        wrong = kit.worker.control(*call, timeout=30)
        assert not wrong, f"{kind}: {wrong}"
        kit.worker.control(*call, timeout=30)
        most = _CACHE * 2 * count
        # A heap that only adapts its caches to the load grows once, a leak each time.
        for _ in range(4):
            before = kit.worker.control("heap")
            for _ in range(2):
                kit.worker.control(*call, timeout=30)
            grown = _grown_soon(kit, before, most)
            if grown < most:
                break
        assert grown < most, f"{2 * count} objects of kind {kind} leave {grown} bytes on the heap"


def _grown_soon(kit: Kit, before: int, most: float) -> int:
    """Return by how much the heap has grown, once threads that end have had the time to."""
    for _ in range(100):
        grown = int(kit.worker.control("heap")) - before
        if grown < most:
            break
        time.sleep(0.02)
    return grown


@check(
    "handle.schedule_frees",
    "Releasing a schedule frees its commands and the objects that they keep alive.",
    function="ReleaseSchedule",
)
def schedule_frees(kit: Kit) -> None:
    calls: list[tuple[str, list[int]]] = []
    if makes(kit, "event"):
        calls.append(("CreateSignalCommand", [create(kit, "event"), 1, 0]))
    if has_kernels(kit):
        calls.append(("CreateCommand", [kit.kernel("add"), 0]))
    for name, arguments in calls:
        _schedules_free(kit, name, arguments)


def _schedules_free(kit: Kit, name: str, arguments: list[int]) -> None:
    """Create and release schedules of commands that a call creates."""
    rounds, size = 60, 100
    grown = []
    for _ in range(3):
        before = kit.worker.control("heap")
        for _ in range(rounds):
            schedule = create(kit, "schedule")
            call = (name, [schedule, *arguments], size)
            made = kit.worker.control("probe", "create_many", *call)
            # Plugins may limit the number of commands.
            full = made[0] >= 0 and status_name(min(made)) == "OutOfResources"
            assert min(made) >= 0 or full, f"{name} gives {status_name(min(made))}"
            kit.ok("ReleaseSchedule", schedule)
        grown.append(kit.worker.control("heap") - before)
    most = _CACHE * rounds * size
    assert grown[-1] < most, f"{rounds} schedules of {size} commands leave {grown[-1]} bytes"
