"""Schedules: order, repetition, blocking and non-blocking runs."""

from __future__ import annotations

import struct

from nexus.conformance.checks.support.subjects import (
    UINT_MAX,
    create,
    double_release,
    live_if_told,
    refused,
)
from nexus.conformance.checks.support.work import (
    NON_BLOCKING,
    PER_RUN,
    TIMING,
    Gate,
    HeldWork,
    a_while,
    command,
    copying,
    fill,
    finished,
    float_buffer,
    held,
    int_buffer,
    new_event,
    new_schedule,
    new_stream,
    promptly,
    read_floats,
    read_ints,
    run,
    signal_in,
    start,
)
from nexus.conformance.harness.call_arguments import Dim3
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name

# Seconds in which a call that must not wait returns, even on a busy machine.
_AT_ONCE = 2.0


@check("schedule.empty", "An empty schedule runs.", function="RunSchedule")
def empty(kit: Kit) -> None:
    schedule = new_schedule(kit)
    for settings in (0, NON_BLOCKING, TIMING, 0):
        kit.ok("RunSchedule", schedule, -1, settings)


@check("schedule.in_order", "Commands run in the order of their creation.", function="RunSchedule")
def in_order(kit: Kit) -> None:
    schedule, count = new_schedule(kit), 50_000
    copy, kernel = copying(kit), kit.kernel("fill")
    x, y = int_buffer(kit, [0] * count), int_buffer(kit, [0] * count)
    size = {"grid": Dim3(count // 50), "group": Dim3(50)}
    for value in range(1, 9):
        command(kit, schedule, kernel, [x], [value, count], **size)
        command(kit, schedule, copy, [x, y], [count], **size)
    command(kit, schedule, kernel, [x], [-1, count], **size)
    run(kit, schedule)
    assert read_ints(kit, y, count) == [8] * count, "a command did not see what those before wrote"
    assert read_ints(kit, x, count) == [-1] * count, "the last command was not the last"


@check(
    "schedule.again",
    "A schedule can run repeatedly, on the buffers' current contents.",
    function="RunSchedule",
)
def again(kit: Kit) -> None:
    schedule = new_schedule(kit)
    source, out = int_buffer(kit, [0] * 4), int_buffer(kit, [0] * 4)
    command(kit, schedule, copying(kit), [source, out], [4], grid=Dim3(4))
    for value in range(20):
        kit.ok("FillBuffer", source, struct.pack("i", value), 4)
        run(kit, schedule)
        found = read_ints(kit, out, 4)
        assert found == [value] * 4, f"run {value + 1} saw other contents: {found}"


@check("schedule.grows", "A command that is added after a run is part of the next run.",
       function="CreateCommand")  # fmt: skip
def grows(kit: Kit) -> None:
    schedule, buffers = new_schedule(kit), [int_buffer(kit, [0]) for _ in range(4)]
    kernel = kit.kernel("fill")
    for place, buffer in enumerate(buffers):
        fill(kit, schedule, buffer, 5, kernel)
        run(kit, schedule)
        written = [read_ints(kit, other)[0] for other in buffers]
        expected = [5] * (place + 1) + [0] * (3 - place)
        assert written == expected, f"with {place + 1} commands the run wrote {written}"


@check("schedule.blocking", "A blocking run returns after completion.", function="RunSchedule")
def blocking(kit: Kit) -> None:
    count = 1 << 20
    buffer, schedule = int_buffer(kit, [0] * count), new_schedule(kit)
    command(kit, schedule, "fill", [buffer], [3, count], grid=Dim3(count // 64), group=Dim3(64))
    event = new_event(kit)
    if kit.profile == "full":
        kit.ok("CreateSignalCommand", schedule, event, 1, PER_RUN)
    for value, stream in enumerate((-1, new_stream(kit)), 1):
        kit.ok("FillBuffer", buffer, bytes(4), 4)
        run(kit, schedule, stream)
        if kit.profile == "full" and kit.has("WaitEventTimeout"):
            over = kit.worker.call("WaitEventTimeout", event, value, 0).value
            assert over == 0, "a blocking run returned before its last command was executed"
        found = read_ints(kit, buffer, count)
        assert found[-1] == 3 and found.count(3) == count, "the run was not over"  # noqa: PT018


@check("schedule.non_blocking", "A non-blocking run returns at once.", function="RunSchedule")
def non_blocking(kit: Kit) -> None:
    for stream in (-1, new_stream(kit)):
        handed_over: list[HeldWork] = []
        promptly(
            "a run that does not block",
            lambda stream=stream, over=handed_over: over.append(HeldWork(kit, stream)),  # type: ignore[misc]
            _AT_ONCE,
        )
        for work in handed_over:
            work.finish()


@check(
    "schedule.blocking_waits",
    "A blocking run waits for the work that was submitted to the stream before.",
    function="RunSchedule",
)
def blocking_waits(kit: Kit) -> None:
    stream = new_stream(kit)
    first, second = HeldWork(kit, stream), new_schedule(kit)
    runs = [("RunSchedule", second, stream, 0), ("WaitEventTimeout", first.done, 1, 0)]
    opens = [a_while(kit), ("SignalEvent", first.gate.event, 1)]
    (ran, late), _ = kit.threads([runs, opens])
    assert ran == 0, f"a blocking run behind work that waits gives {status_name(ran)}"
    assert late == 0, "a blocking run returned before the work that was submitted earlier"


@check(
    "schedule.concurrent_runs",
    "A schedule that is submitted again while a run is pending runs once for each submission.",
    function="RunSchedule",
)
def concurrent_runs(kit: Kit) -> None:
    count, times = 64, 5
    for stream in (new_stream(kit), -1):
        schedule, gate, done = new_schedule(kit), Gate(kit), new_event(kit)
        total, one = float_buffer(kit, [0.0] * count), float_buffer(kit, [1.0] * count)
        gate.hold(schedule)
        command(kit, schedule, "add", [total, one, total], [count], grid=Dim3(count))
        for _ in range(times):
            start(kit, schedule, stream)
        last = new_schedule(kit)
        signal_in(kit, last, done)
        start(kit, last, stream)
        gate.opens(done)
        found = read_floats(kit, total, count)
        assert found == [float(times)] * count, f"{times} runs added {found[0]:g}"


@check("schedule.settings", "Unknown settings are InvalidValue.", function="CreateSchedule")
def settings(kit: Kit) -> None:
    before = live_if_told(kit)
    for number in (16, 32, 1 << 31, UINT_MAX):
        refused(kit, "InvalidValue", "CreateSchedule", 0, number)
    assert live_if_told(kit) == before, "a refused schedule is counted as live"
    for number in (1, 2, 8, 11):
        schedule, event = kit.ok("CreateSchedule", 0, number), new_event(kit)
        signal_in(kit, schedule, event)
        run(kit, schedule)
        finished(kit, event)


@check(
    "schedule.run_settings",
    "Unknown settings of a run are InvalidValue, and nothing runs.",
    function="RunSchedule",
)
def run_settings(kit: Kit) -> None:
    schedule, event = new_schedule(kit), new_event(kit)
    signal_in(kit, schedule, event)
    for number in (16, 32, 1 << 31, UINT_MAX):
        refused(kit, "InvalidValue", "RunSchedule", schedule, -1, number)
    held(kit, event)


@check(
    "schedule.all_or_nothing",
    "If one command cannot run, none of the schedule's commands run.",
    function="RunSchedule",
    root="command.unfinalized",
)
def all_or_nothing(kit: Kit) -> None:
    schedule, event, buffer = new_schedule(kit), new_event(kit), int_buffer(kit, [0])
    signal_in(kit, schedule, event)
    fill(kit, schedule, buffer, 5)
    last = kit.ok("CreateCommand", schedule, kit.kernel("fill"), 0)
    kit.ok("SetCommandArgument", last, 0, buffer, None, 0)
    for settings in (0, NON_BLOCKING):
        refused(kit, "InvalidCommand", "RunSchedule", schedule, -1, settings)
    held(kit, event)
    assert read_ints(kit, buffer) == [0], "a command ran before the one that cannot"


@check(
    "schedule.release_pending",
    "A pending run of a released schedule finishes.",
    function="ReleaseSchedule",
)
def release_pending(kit: Kit) -> None:
    buffer = int_buffer(kit, [0])
    work = HeldWork(kit, new_stream(kit), lambda schedule: fill(kit, schedule, buffer, 6))
    kit.ok("ReleaseSchedule", work.schedule)
    for _ in range(20):
        fill(kit, new_schedule(kit), buffer, 7)
    work.finish()
    assert read_ints(kit, buffer) == [6], "the pending run did not do its work"


@check(
    "schedule.ends_commands",
    "Releasing a schedule ends its commands' handles, and no other schedule's.",
    function="ReleaseSchedule",
)
def ends_commands(kit: Kit) -> None:
    schedule, other, event = new_schedule(kit), new_schedule(kit), new_event(kit)
    commands = [signal_in(kit, schedule, event) for _ in range(3)]
    stays = signal_in(kit, other, event)
    before = live_if_told(kit)
    kit.ok("ReleaseSchedule", schedule)
    for made in commands:
        refused(kit, "InvalidCommand", "FinalizeCommand", made, Dim3(1), Dim3(1), 0)
        if kit.has("ReleaseCommand"):
            refused(kit, "InvalidCommand", "ReleaseCommand", made)
    if before:
        after = kit.live()
        expected = (*before[:5], before[5] - 1, before[6] - 3)
        assert after == expected, f"LiveObjects goes from {before} to {after}, not {expected}"
    refused(kit, "InvalidOperation", "FinalizeCommand", stays, Dim3(1), Dim3(1), 0)


@check(
    "schedule.double_release",
    "Releasing twice is an error status, never a crash.",
    function="ReleaseSchedule",
    root="buffer.double_release",
)
def released_twice(kit: Kit) -> None:
    create(kit, "command")
    double_release(kit, "schedule")
