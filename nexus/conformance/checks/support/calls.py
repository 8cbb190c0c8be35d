"""Valid and invalid calls of every function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from nexus._enums import data_type
from nexus._enums import property as Property
from nexus.conformance.checks.support.subjects import (
    INT_MAX,
    KINDS,
    SIZE,
    UINT_MAX,
    adding_nothing,
    one_of_each,
    uses,
)
from nexus.conformance.harness.call_arguments import Dim3, Launch, Layout, Out, SizeT
from nexus.conformance.harness.failures import Failure
from nexus.conformance.harness.kit import Kit


def bad_calls(kit: Kit, live: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    """List calls of every function that must fail, whichever objects are alive."""
    return (call for call in _bad_calls(kit, live) if kit.has(call[0]))


def survived_calls(kit: Kit, live: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    """List those of `bad_calls` that do not end the process, for checks of what calls change.

    Plugins of profile ``full`` survive all of them. What ends the process is found by the check of
    the function that is called.
    """
    calls = list(bad_calls(kit, live))
    if kit.profile == "full":
        return iter(calls)
    fatal = kit.session.remembered(
        ("fatal calls", kit.profile), lambda: frozenset(_fatal(kit, len(calls)))
    )
    return (call for place, call in enumerate(calls) if place not in fatal)


def _fatal(kit: Kit, count: int) -> Iterator[int]:
    """List the places in `bad_calls` of those that end the process."""
    place = 0
    while place < count:
        with kit.fresh() as other:
            calls = list(bad_calls(other, one_of_each(other)))
            try:
                for name, *arguments in calls[place:]:
                    other.worker.call(name, *arguments)
                    place += 1
            except Failure:
                yield place
                place += 1


def _bad_calls(kit: Kit, live: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    for kind in KINDS:
        for handle in (-7, INT_MAX):
            yield from uses(kit, kind, handle, live)
    key = int(Property.Keys)
    yield "GetRuntimeProperty", UINT_MAX, None, SizeT(0)
    yield "GetRuntimeProperty", key, Out(1), SizeT(1)
    yield "GetDeviceProperty", -1, key, None, SizeT(0)
    yield "GetDeviceProperty", 0, UINT_MAX, None, SizeT(0)
    yield "CreateBuffer", -1, Layout(0, [SIZE]), None, 0
    yield "CreateBuffer", 0, Layout(0, [1 << 63]), None, 0
    yield "CreateBuffer", 0, Layout(0, [1 << 62]), None, 0
    yield "CreateBuffer", 0, Layout(31, [1]), None, 0
    yield "CreateLibrary", 0, None, 0, 0
    yield "CreateLibrary", 0, bytes(100), 100, 0
    yield "CreateLibraryFromFile", 0, "/no/such/file", 0
    yield "CreateLibraryFromFile", 0, "/", 0
    yield "CreateEvent", 0, 77, 0
    yield "CreateStream", 0, UINT_MAX
    yield "CreateSchedule", 0, UINT_MAX
    buffer, schedule = live["buffer"], live["schedule"]
    yield "CopyBuffer", buffer, None, 0
    yield "CopyBuffer", buffer, bytes(SIZE), 9
    yield "FillBuffer", buffer, None, 1
    yield "FillBuffer", buffer, bytes(7), 7
    if "event" in live:
        yield "CreateSignalCommand", schedule, live["event"], 1, UINT_MAX
        yield "CreateWaitCommand", schedule, live["event"], 1, UINT_MAX
        yield "WaitEventTimeout", live["event"], INT_MAX, 1000
    yield "RunSchedule", live["empty"], -1, UINT_MAX
    if "kernel" in live:
        command = live["command"]
        yield "GetKernel", live["library"], "no_such_kernel"
        yield "GetKernel", live["library"], None
        yield "CreateCommand", schedule, live["kernel"], UINT_MAX
        yield "SetCommandArgument", command, 64, buffer, None, 0
        yield "SetCommandScalar", command, 3, None, None, int(data_type.I32)
        yield "FinalizeCommand", command, Dim3(0), Dim3(1), 0
        yield "FinalizeCommand", command, Dim3(1), Dim3(UINT_MAX, UINT_MAX, UINT_MAX), 0
        yield "RunSchedule", schedule, -1, 0
        yield from _bad_launches(live["kernel"], adding_nothing(buffer, buffer))


def _bad_launches(kernel: int, launch: Launch) -> Iterator[tuple[Any, ...]]:
    given = list(launch.arguments or ())
    yield "Launch", kernel, -1, None, 0
    yield "Launch", kernel, -1, replace(launch, arguments=None, count=len(given)), 0
    yield "Launch", kernel, -1, replace(launch, arguments=given[:3]), 0
    yield "Launch", kernel, -1, replace(launch, arguments=given * 17), 0
    yield "Launch", kernel, -1, replace(launch, group=Dim3(0)), 0
    yield "Launch", kernel, -1, launch, UINT_MAX


def good_calls(kit: Kit, live: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    """List calls of most functions that must succeed and have no effect but new objects."""
    return (call for call in _good_calls(live) if kit.has(call[0]))


def _good_calls(live: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    key = int(Property.Keys)
    yield "GetRuntimeProperty", key, Out(4096), SizeT(4096)
    yield "GetDeviceProperty", 0, key, Out(4096), SizeT(4096)
    yield "CreateBuffer", 0, Layout(0, [SIZE]), bytes(SIZE), 0
    yield "CreateEvent", 0, 0, 0
    yield "CreateStream", 0, 0
    yield "CreateSchedule", 0, 0
    yield "CopyBuffer", live["buffer"], Out(SIZE), 0
    yield "FillBuffer", live["buffer"], b"\1\2", 2
    if "event" in live:
        yield "SignalEvent", live["event"], 3
        yield "WaitEvent", live["event"], 2
        yield "CreateSignalCommand", live["empty"], live["event"], 4, 0
    yield "RunSchedule", live["empty"], -1, 0
    if "stream" in live:
        yield "RunSchedule", live["empty"], live["stream"], 8
        yield "RunSchedule", live["empty"], live["stream"], 0
    if "kernel" in live:
        yield "Launch", live["kernel"], -1, adding_nothing(live["buffer"], live["buffer"]), 0
