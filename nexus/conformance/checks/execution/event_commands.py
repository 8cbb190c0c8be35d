"""Commands that signal events and wait for them."""

from __future__ import annotations

from nexus.conformance.checks.support.work import (
    Gate,
    HeldWork,
    a_while,
    fill,
    finished,
    held,
    int_buffer,
    new_event,
    new_schedule,
    new_stream,
    reached,
    read_ints,
    run,
    signal_in,
    start,
)
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name


@check(
    "event.release_while_waited",
    "A wait ends with the pending signal, not with the event's release.",
    function="ReleaseEvent",
)
def release_while_waited(kit: Kit) -> None:
    work = HeldWork(kit, new_stream(kit))
    event, gate = work.done, work.gate.event
    waits = [("WaitEvent", event, 1), ("WaitEventTimeout", gate, 1, 0)]
    others = [a_while(kit), ("ReleaseEvent", event), a_while(kit), ("SignalEvent", gate, 1)]
    (waited, opened), rest = kit.threads([waits, others])
    assert rest[1] == 0, f"releasing an event that is waited for gives {status_name(rest[1])}"
    assert waited == 0, f"a wait for a released event ends with {status_name(waited)}"
    assert opened == 0, "the release ended the wait"


@check(
    "event.signal_command",
    "A signal command raises the counter when its turn comes.",
    function="CreateSignalCommand",
)
def signal_command(kit: Kit) -> None:
    schedule, gate, event = new_schedule(kit), Gate(kit), new_event(kit)
    signal_in(kit, schedule, event, 1)
    gate.hold(schedule)
    signal_in(kit, schedule, event, 2)
    start(kit, schedule, new_stream(kit))
    finished(kit, event, 1)
    held(kit, event, 2)
    gate.open()
    finished(kit, event, 2)
    lower = new_schedule(kit)
    signal_in(kit, lower, event, 1)
    run(kit, lower)
    reached(kit, event, 2)


@check(
    "event.wait_command",
    "A wait command holds back only the commands after it.",
    function="CreateWaitCommand",
)
def wait_command(kit: Kit) -> None:
    schedule, gate, event = new_schedule(kit), new_event(kit), new_event(kit)
    buffers = [int_buffer(kit, [0]) for _ in range(2)]
    fill(kit, schedule, buffers[0], 4)
    signal_in(kit, schedule, event, 1)
    kit.ok("CreateWaitCommand", schedule, gate, 3, 0)
    fill(kit, schedule, buffers[1], 5)
    signal_in(kit, schedule, event, 2)
    start(kit, schedule, new_stream(kit))
    finished(kit, event, 1)
    for value in (1, 2):
        kit.ok("SignalEvent", gate, value)
        held(kit, event, 2)
    kit.ok("SignalEvent", gate, 3)
    finished(kit, event, 2)
    written = [read_ints(kit, buffer)[0] for buffer in buffers]
    assert written == [4, 5], f"the commands around a wait wrote {written}, not [4, 5]"


@check("event.across_streams", "Events order the work of two streams.",
       function="CreateWaitCommand")  # fmt: skip
def across_streams(kit: Kit) -> None:
    streams = [new_stream(kit), new_stream(kit)]
    turn, gate, buffer, rounds = new_event(kit), Gate(kit), int_buffer(kit, [0]), 20
    kernel = kit.kernel("fill")
    opening = new_schedule(kit)
    gate.hold(opening)
    signal_in(kit, opening, turn, 1)
    for place in (1, 0):
        for number in range(1 + place, rounds + 1, 2):
            schedule = new_schedule(kit)
            kit.ok("CreateWaitCommand", schedule, turn, number, 0)
            fill(kit, schedule, buffer, number, kernel)
            signal_in(kit, schedule, turn, number + 1)
            start(kit, schedule, streams[place])
    start(kit, opening, new_stream(kit))
    gate.opens(turn, rounds + 1)
    assert read_ints(kit, buffer) == [rounds], "the streams did not take turns"
