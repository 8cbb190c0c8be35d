"""Commands: their lifetime, and the objects that they keep alive."""

from __future__ import annotations

from nexus.conformance.checks.support.fill_command import Fill
from nexus.conformance.checks.support.subjects import (
    SIZE,
    UINT_MAX,
    create,
    double_release,
    filled,
    makes,
    refused,
)
from nexus.conformance.checks.support.work import (
    I32,
    command,
    copying,
    i32,
    int_buffer,
    new_event,
    new_schedule,
    read_ints,
    run,
)
from nexus.conformance.harness.call_arguments import Dim3
from nexus.conformance.harness.kit import Kit, NotApplicable
from nexus.conformance.harness.registry import check


@check("command.settings", "Unknown settings are InvalidValue.", function="CreateCommand")
def settings(kit: Kit) -> None:
    schedule = new_schedule(kit)
    for number in (16, 32, 1 << 31, UINT_MAX):
        if makes(kit, "event"):
            event = new_event(kit)
            refused(kit, "InvalidValue", "CreateSignalCommand", schedule, event, 1, number)
            refused(kit, "InvalidValue", "CreateWaitCommand", schedule, event, 1, number)
        refused(kit, "InvalidValue", "CreateCommand", schedule, kit.kernel("fill"), number)
    run(kit, schedule)


@check(
    "command.event_command",
    "Commands on events take no arguments and no size: InvalidOperation.",
    function="SetCommandArgument",
)
def event_command(kit: Kit) -> None:
    schedule, event, buffer = new_schedule(kit), new_event(kit), create(kit, "buffer")
    for name in ("CreateSignalCommand", "CreateWaitCommand"):
        made = kit.ok(name, schedule, event, 1, 0)
        refused(kit, "InvalidOperation", "SetCommandArgument", made, 0, buffer, None, 0)
        refused(kit, "InvalidOperation", "SetCommandScalar", made, 0, i32(1), None, I32)
        refused(kit, "InvalidOperation", "FinalizeCommand", made, Dim3(1), Dim3(1), 0)
    run(kit, schedule)


def _other_device(kit: Kit) -> int:
    if kit.devices < 2:
        raise NotApplicable("there is only one device")
    return 1


@check(
    "command.foreign_kernel",
    "A kernel of another device is InvalidKernel.",
    function="CreateCommand",
)
def foreign_kernel(kit: Kit) -> None:
    other = _other_device(kit)
    kernel = kit.ok("GetKernel", kit.library(other), kit.kernel_name("fill"))
    refused(kit, "InvalidKernel", "CreateCommand", new_schedule(kit), kernel, 0)


@check(
    "command.foreign_buffer",
    "A buffer of another device is InvalidBuffer.",
    function="SetCommandArgument",
)
def foreign_buffer(kit: Kit) -> None:
    buffer = kit.buffer(SIZE, device=_other_device(kit))
    work = Fill(kit)
    refused(kit, "InvalidBuffer", "SetCommandArgument", work.command, 0, buffer, None, 0)
    work.writes(5, "a refused buffer took the argument's place")


@check(
    "command.keeps_buffers",
    "Commands can use a buffer after its release.",
    function="ReleaseBuffer",
)
def keeps_buffers(kit: Kit) -> None:
    for count in (1, 1024, 300_000):
        values = [i % 1000 for i in range(count)]
        source, middle, out = (int_buffer(kit, data) for data in (values, [0] * count, [0] * count))
        schedule, size = new_schedule(kit), {"grid": Dim3(count), "group": Dim3(1)}
        kernel = copying(kit)
        command(kit, schedule, kernel, [source, middle], [count], **size)
        command(kit, schedule, kernel, [middle, out], [count], **size)
        kit.ok("ReleaseBuffer", source)
        kit.ok("ReleaseBuffer", middle)
        for _ in range(3):
            filled(kit, b"\xee" * (4 * count))
        run(kit, schedule)
        assert read_ints(kit, out, count) == values, "a command's released buffer was not kept"


@check(
    "command.keeps_events",
    "Commands can use an event after its release.",
    function="ReleaseEvent",
)
def keeps_events(kit: Kit) -> None:
    schedule, event, other = new_schedule(kit), new_event(kit), new_event(kit)
    kit.ok("CreateSignalCommand", schedule, event, 3, 0)
    kit.ok("CreateWaitCommand", schedule, event, 3, 0)
    kit.ok("CreateSignalCommand", schedule, other, 1, 0)
    kit.ok("ReleaseEvent", event)
    new_event(kit)
    run(kit, schedule)
    kit.ok("WaitEvent", other, 1)


@check(
    "command.release_keeps_work",
    "A released command still runs in its schedule.",
    function="ReleaseCommand",
)
def release_keeps_work(kit: Kit) -> None:
    work = Fill(kit)
    work.finalize()
    kit.ok("ReleaseCommand", work.command)
    run(kit, work.schedule)
    found = read_ints(kit, work.buffer)
    assert found == [5], f"the kernel of a released command wrote {found[0]}, not 5"
    refused(kit, "InvalidCommand", "ReleaseCommand", work.command)


@check(
    "command.double_release",
    "Releasing twice is an error status, never a crash.",
    function="ReleaseCommand",
    root="buffer.double_release",
)
def released_twice(kit: Kit) -> None:
    double_release(kit, "command")
