"""Changes of commands after FinalizeCommand, and the snapshots that runs take."""

from __future__ import annotations

from nexus.conformance.checks.support.fill_command import Fill
from nexus.conformance.checks.support.subjects import filled, refused
from nexus.conformance.checks.support.work import (
    I32,
    Gate,
    command,
    copying,
    i32,
    int_buffer,
    new_event,
    new_schedule,
    new_stream,
    read_ints,
    run,
    signal_in,
    start,
)
from nexus.conformance.harness.call_arguments import Dim3
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check


@check(
    "command.changed",
    "New arguments of a finalized command count once it is finalized again.",
    function="FinalizeCommand",
)
def changed(kit: Kit) -> None:
    work, other = Fill(kit), int_buffer(kit, [0])
    work.writes(5, "before any change")
    for value in (6, 7):
        kit.ok("SetCommandScalar", work.command, 1, i32(value), None, I32)
        work.writes(value, "a scalar that was set after FinalizeCommand does not count")
    kit.ok("SetCommandArgument", work.command, 0, other, None, 0)
    work.writes(7, "a buffer that was set after FinalizeCommand does not count")
    assert read_ints(kit, other) == [7], "the command does not use the buffer that was set last"


@check(
    "command.finalized_again",
    "A finalized command can be finalized again with another size.",
    function="FinalizeCommand",
)
def finalized_again(kit: Kit) -> None:
    schedule, buffer = new_schedule(kit), int_buffer(kit, [0] * 8)
    made = command(kit, schedule, "fill", [buffer], [3, 8], grid=Dim3(4))
    for items in (8, 2):
        kit.ok("FillBuffer", buffer, bytes(4), 4)
        kit.ok("FinalizeCommand", made, Dim3(items), Dim3(1), 0)
        run(kit, schedule)
        found = read_ints(kit, buffer, 8)
        assert found == [3] * items + [0] * (8 - items), f"a launch of {items} items wrote {found}"


@check(
    "command.changed_unfinalized",
    "Running a command that was changed and not finalized again is InvalidCommand.",
    function="FinalizeCommand",
)
def changed_unfinalized(kit: Kit) -> None:
    for change in (
        lambda work: ("SetCommandScalar", work.command, 1, i32(6), None, I32),
        lambda work: ("SetCommandArgument", work.command, 0, work.buffer, None, 0),
    ):
        work = Fill(kit)
        work.finalize()
        kit.ok(*change(work))
        for settings in (0, 8):
            refused(kit, "InvalidCommand", "RunSchedule", work.schedule, -1, settings)
        assert read_ints(kit, work.buffer) == [0], "a command that was not finalized again ran"
        work.finalize()
        run(kit, work.schedule)


@check(
    "command.refused_change",
    "A refused change or size does not alter a finalized command.",
    function="FinalizeCommand",
    root="command.argument_index",
)
def refused_change(kit: Kit) -> None:
    work = Fill(kit)
    work.finalize()
    refused(kit, "InvalidArgIndex", "SetCommandArgument", work.command, -1, work.buffer, None, 0)
    refused(kit, "InvalidArgValue", "SetCommandScalar", work.command, 1, None, None, I32)
    refused(kit, "InvalidBuffer", "SetCommandArgument", work.command, 0, -1, None, 0)
    refused(kit, "InvalidGlobalWorkSize", "FinalizeCommand", work.command, Dim3(0), Dim3(1), 0)
    run(kit, work.schedule)
    assert read_ints(kit, work.buffer) == [5], "after refused changes the command does not run"


@check(
    "command.snapshot",
    "A pending run uses what was published when it was submitted, despite later changes.",
    function="work",
)
def snapshot(kit: Kit) -> None:
    stream, gate, done = new_stream(kit), Gate(kit), new_event(kit)
    buffers = [int_buffer(kit, [0] * 4) for _ in range(3)]
    schedule = new_schedule(kit)
    gate.hold(schedule)
    made = command(kit, schedule, "fill", [buffers[0]], [1, 4], grid=Dim3(4))
    start(kit, schedule, stream)
    for place, (value, items) in enumerate(((2, 2), (3, 3)), 1):
        kit.ok("SetCommandArgument", made, 0, buffers[place], None, 0)
        kit.ok("SetCommandScalar", made, 1, i32(value), None, I32)
        kit.ok("FinalizeCommand", made, Dim3(items), Dim3(1), 0)
        start(kit, schedule, stream)
    # Not published, so it reaches no run.
    kit.ok("SetCommandScalar", made, 1, i32(9), None, I32)
    last = new_schedule(kit)
    signal_in(kit, last, done)
    start(kit, last, stream)
    gate.opens(done)
    found = [read_ints(kit, buffer, 4) for buffer in buffers]
    expected = [[1] * 4, [2, 2, 0, 0], [3, 3, 3, 0]]
    assert found == expected, f"three runs of a command that changes wrote {found}, not {expected}"


@check(
    "command.snapshot_keeps_buffers",
    "A pending run keeps its buffers after the command has changed and they are released.",
    function="work",
)
def snapshot_keeps_buffers(kit: Kit) -> None:
    count = 1024
    gate, done, schedule = Gate(kit), new_event(kit), new_schedule(kit)
    values = list(range(count))
    source, out, other = (int_buffer(kit, v) for v in (values, [0] * count, [0] * count))
    gate.hold(schedule)
    made = command(kit, schedule, copying(kit), [source, out], [count], grid=Dim3(count))
    signal_in(kit, schedule, done)
    start(kit, schedule, new_stream(kit))
    kit.ok("SetCommandArgument", made, 0, other, None, 0)
    kit.ok("ReleaseBuffer", source)
    kit.ok("FinalizeCommand", made, Dim3(count), Dim3(1), 0)
    for _ in range(3):
        filled(kit, b"\xee" * (4 * count))
    gate.opens(done)
    assert read_ints(kit, out, count) == values, "a pending run's released buffer was not kept"
