"""Valid and invalid calls of every function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nexus._enums import data_type
from nexus._enums import property as Property
from nexus.conformance.checks.support.subjects import INT_MAX, KINDS, SIZE, UINT_MAX, uses
from nexus.conformance.harness.call_arguments import Dim3, Layout, Out, SizeT
from nexus.conformance.harness.kit import Kit


def bad_calls(kit: Kit, live: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    """List calls of every function that must fail, whichever objects are alive."""
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
    buffer, schedule, event = live["buffer"], live["schedule"], live["event"]
    yield "CopyBuffer", buffer, None, 0
    yield "CopyBuffer", buffer, bytes(SIZE), 9
    yield "FillBuffer", buffer, None, 1
    yield "FillBuffer", buffer, bytes(7), 7
    yield "CreateSignalCommand", schedule, event, 1, UINT_MAX
    yield "CreateWaitCommand", schedule, event, 1, UINT_MAX
    yield "RunSchedule", live["empty"], -1, UINT_MAX
    if kit.has("WaitEventTimeout"):
        yield "WaitEventTimeout", event, INT_MAX, 1000
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


def good_calls(live: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    """List calls of most functions that must succeed and have no effect but new objects."""
    key = int(Property.Keys)
    yield "GetRuntimeProperty", key, Out(4096), SizeT(4096)
    yield "GetDeviceProperty", 0, key, Out(4096), SizeT(4096)
    yield "CreateBuffer", 0, Layout(0, [SIZE]), bytes(SIZE), 0
    yield "CreateEvent", 0, 0, 0
    yield "CreateStream", 0, 0
    yield "CreateSchedule", 0, 0
    yield "CopyBuffer", live["buffer"], Out(SIZE), 0
    yield "FillBuffer", live["buffer"], b"\1\2", 2
    yield "SignalEvent", live["event"], 3
    yield "WaitEvent", live["event"], 2
    yield "CreateSignalCommand", live["empty"], live["event"], 4, 0
    yield "RunSchedule", live["empty"], -1, 0
    yield "RunSchedule", live["empty"], live["stream"], 8
    yield "RunSchedule", live["empty"], live["stream"], 0
