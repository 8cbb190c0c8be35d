"""Waits for events that nothing can signal any more."""

from __future__ import annotations

from typing import Any

from nexus.conformance.checks.support.subjects import refused
from nexus.conformance.checks.support.work import (
    SOON,
    WAIT_FAILED,
    Gate,
    a_while,
    new_event,
    new_schedule,
    new_stream,
    signal_in,
    start,
)
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name


@check(
    "event.abandoned_wait",
    "A wait ends once the event is released and no command can signal it.",
    function="ReleaseEvent",
    needs=("full",),
)
def abandoned_wait(kit: Kit) -> None:
    event = new_event(kit)
    schedule = new_schedule(kit)
    # A command that waits for an event cannot signal it.
    kit.ok("CreateWaitCommand", schedule, event, 1, 0)
    waits: list[list[Any]] = [[("WaitEvent", event, 1)], [("WaitEventTimeout", event, 1, 2 * SOON)]]
    *waited, _ = kit.threads([*waits, [a_while(kit), ("ReleaseEvent", event)]])
    names = [status_name(values[0]) for values in waited]
    assert names == [WAIT_FAILED] * 2, f"waits for a released event end with {names}"


@check(
    "event.abandoned_stream",
    "A wait command ends once the event is released and no command can signal it.",
    function="ReleaseEvent",
    needs=("full",),
)
def abandoned_stream(kit: Kit) -> None:
    for stream in (new_stream(kit), -1):
        event, then, schedule = new_event(kit), new_event(kit), new_schedule(kit)
        kit.ok("CreateWaitCommand", schedule, event, 1, 0)
        signal_in(kit, schedule, then)
        start(kit, schedule, stream)
        kit.ok("ReleaseEvent", event)
        refused(kit, WAIT_FAILED, "WaitEventTimeout", then, 1, SOON)
        refused(kit, WAIT_FAILED, "RunSchedule", new_schedule(kit), stream, 0)


@check(
    "event.kept_by_command",
    "A wait for a released event goes on while a schedule has a command that signals it.",
    function="ReleaseEvent",
)
def kept_by_command(kit: Kit) -> None:
    event, flag, schedule = new_event(kit), new_event(kit), new_schedule(kit)
    signal_in(kit, schedule, event)
    waits = [("WaitEvent", event, 1), ("WaitEventTimeout", flag, 1, 0)]
    others = [
        *(a_while(kit), ("ReleaseEvent", event), a_while(kit)),
        *(("SignalEvent", flag, 1), ("RunSchedule", schedule, -1, 0)),
    ]
    (waited, flagged), _ = kit.threads([waits, others])
    assert waited == 0, f"a wait for an event that is signaled later gives {status_name(waited)}"
    assert flagged == 0, "the release ended the wait, although a command signals the event"


@check(
    "event.abandoned_by_schedule",
    "A wait for a released event ends with the last schedule or run that could signal it.",
    function="ReleaseEvent",
    needs=("full",),
)
def abandoned_by_schedule(kit: Kit) -> None:
    for runs in (0, 1):
        event, flag, gate = new_event(kit), new_event(kit), Gate(kit)
        schedules = [new_schedule(kit), new_schedule(kit)]
        for schedule in schedules:
            signal_in(kit, schedule, event, 1)
        for _ in range(runs):
            pending = new_schedule(kit)
            gate.hold(pending)
            signal_in(kit, pending, event, 1)
            start(kit, pending, new_stream(kit))
            schedules.append(pending)
        last = ("SignalEvent", gate.event, 1) if runs else ("ReleaseSchedule", schedules.pop())
        waits = [("WaitEvent", event, 2), ("WaitEventTimeout", flag, 1, 0)]
        others = [
            *(a_while(kit), ("ReleaseEvent", event)),
            *(("ReleaseSchedule", schedule) for schedule in schedules),
            *(a_while(kit), ("SignalEvent", flag, 1), last),
        ]
        (waited, flagged), _ = kit.threads([waits, others])
        got = status_name(waited)
        assert got == WAIT_FAILED, f"a wait for an event that nothing signals any more gives {got}"
        assert flagged == 0, "the wait ended while the event could still be signaled"
