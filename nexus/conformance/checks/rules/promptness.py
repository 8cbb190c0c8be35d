"""Functions that wait neither for a device nor for another thread's wait."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from nexus._enums import data_type, function_prompt
from nexus._enums import property as Property
from nexus.conformance.checks.support.queries import query
from nexus.conformance.checks.support.subjects import KINDS, has_kernels, one_of_each
from nexus.conformance.checks.support.work import (
    HeldWork,
    command,
    fill,
    i32,
    int_buffer,
    new_event,
    new_schedule,
    new_stream,
    run,
    start,
)
from nexus.conformance.harness.call_arguments import Address, Dim3, Layout, Out, SizeT
from nexus.conformance.harness.kit import Kit, NotApplicable
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name

_PROMPT = [member.name.removeprefix("nxs") for member in function_prompt]
_ROOM = 4096
_YES = (1).to_bytes(8, sys.byteorder)


def _prompt_calls(kit: Kit, used: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    """List a call of each prompt function, if possible on objects of pending work."""
    live = {**one_of_each(kit), **used}
    key = int(Property.Keys)
    yield "GetRuntimeProperty", key, Out(_ROOM, canary=False), SizeT(_ROOM)
    yield "GetDeviceProperty", 0, key, Out(_ROOM, canary=False), SizeT(_ROOM)
    for name, kind in KINDS.items():
        if name in live:
            yield kind.getter, live[name], key, Out(_ROOM, canary=False), SizeT(_ROOM)
    if query(kit, "GetDeviceProperty", (0,), int(Property.PromptMemory)) == _YES:
        yield "CreateBuffer", 0, Layout(int(data_type.I32), [16]), None, 0
        yield "ReleaseBuffer", int_buffer(kit, [0] * 16)
    yield "CreateSchedule", 0, 0
    yield "CreateSignalCommand", live["empty"], live["event"], 1, 0
    yield "CreateWaitCommand", live["empty"], live["event"], 0, 0
    if "kernel" in live:
        yield "CreateCommand", live["schedule"], live["kernel"], 0
        yield "SetCommandArgument", live["command"], 0, live["buffer"], None, 0
        yield "SetCommandScalar", live["command"], 1, i32(1), None, int(data_type.I32)
        yield "FinalizeCommand", live["command"], Dim3(1), Dim3(1), 0
        yield "ReleaseKernel", live["kernel"]
    yield "ReleaseCommand", live["command"]
    yield "SignalEvent", live["event"], 1
    yield "ReleaseEvent", live["event"]
    yield ("GetApiVersion",)
    yield "GetLastErrorMessage", Out(_ROOM, canary=False), SizeT(_ROOM)


def _all_return(kit: Kit, used: dict[str, int], gate: int) -> None:
    """Make each prompt call beside a wait by another thread, and then open the gate."""
    waited = new_event(kit)
    calls = [call for call in _prompt_calls(kit, used) if kit.has(call[0])]
    missing = {name for name in _PROMPT if kit.has(name)} - {call[0] for call in calls}
    assert not missing or not has_kernels(kit), f"the check does not call {sorted(missing)}"
    ends = [("SignalEvent", gate, 1), ("SignalEvent", waited, 1)]
    (_,), results = kit.threads([[("WaitEvent", waited, 1)], [*calls, *ends]])
    for call, value in zip(calls, results, strict=False):
        assert value >= 0, f"nxs{call[0]} beside pending work gives {status_name(value)}"


@check(
    "thread.prompt_pending",
    "The prompt functions return while a run waits for an event and a thread for another.",
    function="prompt",
)
def prompt_pending(kit: Kit) -> None:
    kernel, buffer = kit.kernel("fill"), int_buffer(kit, [0] * 16)
    commands: list[int] = []
    stream = new_stream(kit)

    def append(schedule: int) -> None:
        commands.append(fill(kit, schedule, buffer, 3, kernel))

    work = HeldWork(kit, stream, append)
    used = {"buffer": buffer, "kernel": kernel, "command": commands[0], "stream": stream}
    _all_return(kit, {**used, "schedule": work.schedule, "event": work.done}, work.gate.event)


@check(
    "thread.prompt_busy",
    "The prompt functions return while the device is busy.",
    function="prompt",
)
def prompt_busy(kit: Kit) -> None:
    unified = query(kit, "GetDeviceProperty", (0,), int(Property.UnifiedMemory))
    if not isinstance(unified, bytes) or not any(unified):
        raise NotApplicable(
            "the device does not use the host's memory, so the host cannot end a kernel"
        )
    place = kit.worker.control("allocate", 64)
    flag = kit.ok("CreateBuffer", 0, Layout(int(data_type.I32), [16]), Address(place), 2)
    stream, schedule = new_stream(kit), new_schedule(kit)
    busy = command(kit, schedule, "endless", [flag], [])
    start(kit, schedule, stream)
    other = kit.ok("CreateCommand", new_schedule(kit), kit.kernel("fill"), 0)
    used = {"buffer": flag, "schedule": schedule, "stream": stream, "command": other}
    try:
        _all_return(kit, used, new_event(kit))
        kit.ok("SetCommandArgument", busy, 0, flag, None, 0)
    finally:
        kit.worker.control("write", place, i32(1))
    run(kit, new_schedule(kit), stream)
